"""The command sheet: printed codes by which an attendant answers the screen unseen (product.md C1, C2, G13).

`CS-` + what it says + `-` + 16 characters: base32 (RFC 4648 section 6) of the first ten bytes of an
HMAC-SHA256 (RFC 2104) under a key of the site. A closed grammar: each code stands for a touch on the screen
that is shown, and does nothing where that screen has no such button. None of them is a text, a path, an
address or anything of the technician's.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from terminal.core.commands import Measured, TenderKind
from terminal.core.errors import BadScan, NotThisSheet
from terminal.core.money import Fen, plain
from terminal.core.payment import TENDERS
from terminal.core.screens import Choice, Intent, Keying, Screen, quantity_shown
from terminal.core.typed import POINT, Erase
from terminal.core.values import Value

PREFIX = "CS-"
_MAC_BYTES, _MAC_CHARS = 10, 16
_CODE = re.compile(r"CS-(?P<says>[A-Z]+(?:\.[0-9A-Z_-]{1,32})?)-[A-Z2-7]{16}", re.ASCII)
_SUM = re.compile(r"[1-9]\d{0,8}", re.ASCII)


class Says(StrEnum):
    CONFIRM = "OK"  # as Enter: that is all, the amount, the next customer
    CANCEL = "NO"
    SKIP = "SKIP"  # without a card, a phone, a coupon
    REPRINT = "AGAIN"
    START = "GO"  # a flow
    GRADE = "GRADE"
    NOZZLE = "GUN"  # which one is released, stopped or paid
    PRESET = "FILL"  # a full tank, by sum, by litres
    LESS = "LESS"  # where a card does not reach
    OTHER = "OTHER"  # another card
    TENDER = "PAY"
    PARTS = "PARTS"
    EXACT = "EXACT"  # what is due was handed over in cash, and no more
    SUM = "FEN"
    LITRES = "CL"
    FUEL = "FUEL"  # beside goods
    AHEAD = "AHEAD"  # what was paid before is used: litres, a count card
    AGREES = "YES"  # who joins, to one purpose
    PLACE = "NTH"  # as the digit that the page writes on the button
    DIGIT = "KEY"  # of a number that is asked for
    POINT = "DOT"  # of a sum or a quantity
    ERASE = "ERASE"  # the last digit, or all


SO_MANY: Mapping[Measured, str] = MappingProxyType(
    {
        Measured.CENTILITRE: "So many litres",
        Measured.DECAGRAM: "So many kilograms",
        Measured.CENTICUBIC: "So many cubic metres",
    }
)
"""What the screen calls a quantity of that."""
_CALLED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "full": frozenset({"Full tank"}),
        "sum": frozenset({"For a sum"}),
        "litres": frozenset(SO_MANY.values()),
    }
)
"""How far a fill goes, with what the screen may call it."""
_NOZZLE = "Nozzle {number}: "
"""How the buttons of nozzles begin, and those of what they filled."""
_FILL = "fill:"
"""How the values of fills that wait begin."""
_CONSENT = "turn:"
"""How those of purposes do that a newcomer is asked about."""
_WITHOUT = frozenset({"Paid afterwards", "Without a coupon", "Without a coupon: {sum}", "Pay for it"})
"""What `SKIP` picks where it is one of several answers."""
_AHEAD = frozenset({"{litres} paid ahead", "{name}, {left} left", "{name}, {left} left until {day}"})
"""What was paid ahead, on the buttons that use it."""
_HOW_PAID = frozenset({"How is it paid?", "How is the rest paid?"})
_BEST_FIRST = "Which coupon comes off?"
"""There `CONFIRM` takes the first: what takes most off."""

_VALUES: Mapping[Says, re.Pattern[str]] = MappingProxyType(
    {
        Says.START: re.compile(r"[A-Z_]{1,32}", re.ASCII),
        Says.GRADE: re.compile(r"[0-9A-Z-]{1,8}", re.ASCII),
        Says.NOZZLE: re.compile(r"[1-9]\d?", re.ASCII),
        Says.PRESET: re.compile("|".join(one.upper() for one in _CALLED), re.ASCII),
        Says.TENDER: re.compile("|".join(kind.upper() for kind in TenderKind), re.ASCII),
        Says.SUM: _SUM,
        Says.LITRES: _SUM,
        Says.AGREES: re.compile(r"[0-9A-Z_-]{1,32}", re.ASCII),
        Says.PLACE: re.compile(r"[1-9]\d?", re.ASCII),
        Says.DIGIT: re.compile(r"\d", re.ASCII),
        Says.ERASE: re.compile("|".join(one.upper() for one in Erase), re.ASCII),
    }
)
"""Of those that have one."""


class Order(Value, frozen=True, kw_only=True):
    """What one code of the sheet says."""

    says: Says
    value: str = ""
    """A flow, grade, nozzle, preset, tender, purpose; fen, centilitres, a place from 1 on, a digit, what is
    erased. Empty: says all by itself.
    """

    @property
    def spelled(self) -> str:
        return f"{self.says}.{self.value.upper()}" if self.value else str(self.says)


class CommandSheet:
    """The sheets of one site."""

    def __init__(self, mac: Callable[[bytes], bytes], edition: int) -> None:
        """`mac`: HMAC-SHA256 under the site's key. `edition`: codes of any other are no longer good."""
        self._mac = mac
        self._edition = edition

    def code(self, order: Order) -> str:
        """As it is printed."""
        return f"{PREFIX}{order.spelled}-{self._proof(order.spelled)}"

    def order(self, text: str) -> Order:
        """Raises BadScan: outside the grammar; NotThisSheet: not of this site, or of a former edition."""
        found = _CODE.fullmatch(text)
        order = _parsed(found["says"]) if found else None
        if order is None:
            raise BadScan(f"no code of a command sheet: {len(text)} characters")
        if not hmac.compare_digest(text[-_MAC_CHARS:], self._proof(order.spelled)):
            raise NotThisSheet("its last sixteen characters do not fit")
        return order

    def _proof(self, spelled: str) -> str:
        message = f"card-terminal command sheet 1\n{self._edition}\n{spelled}"
        return b32encode(self._mac(message.encode("ascii"))[:_MAC_BYTES]).decode("ascii")


def _parsed(spelled: str) -> Order | None:
    word, dot, value = spelled.partition(".")
    if word not in set(Says):
        return None
    grammar = _VALUES.get(Says(word))
    if grammar is None:
        return None if dot else Order(says=Says(word))
    return Order(says=Says(word), value=value.lower()) if grammar.fullmatch(value) else None


def touched_by(order: Order, screen: Screen) -> Intent | None:
    """The touch that it stands for; None: this screen has nothing of the kind."""
    if (keyed := _keyed(order, screen)) is not None:
        return Intent(step=screen.step, do="key", value=keyed)
    if order.says is Says.CONFIRM and screen.typed:
        return Intent(step=screen.step, do="key")
    if order.says is Says.PLACE:
        return _in_place(int(order.value), screen)
    meant = [choice for choice in screen.choices if _means(order, choice, screen)]
    if not meant or (len(meant) > 1 and order.says is Says.NOZZLE):  # Of two fills of one nozzle it is none.
        return None
    return Intent(step=screen.step, do=meant[0].do, value=meant[0].value)


def types(order: Order) -> str | Erase | None:
    """What it does to a number that is asked for: a digit, `POINT`, or what it erases. None: nothing."""
    match order.says:
        case Says.DIGIT:
            return order.value
        case Says.POINT:
            return POINT
        case Says.ERASE:
            return Erase(order.value)
        case _:
            return None


def leads_to(order: Order, screen: Screen) -> Intent | None:
    """The touch behind which it is answered; None: none is, or more than one may be.

    How it is paid says at the pump that it is the one fill that waits, and a sum in cash that it is cash.
    """
    picks = [choice for choice in screen.choices if choice.do == "pick"]
    found: list[Choice] = []
    if screen.title.text in _HOW_PAID and order.says in {Says.SUM, Says.EXACT}:
        found = [choice for choice in picks if choice.label == TENDERS[TenderKind.CASH]]
    elif screen.flow == "join" and order.says in {Says.TENDER, Says.SUM, Says.EXACT}:
        found = [choice for choice in picks if choice.value.startswith(_FILL)]
    return Intent(step=screen.step, do="pick", value=found[0].value) if len(found) == 1 else None


def pays_by(order: Order) -> TenderKind:
    """Of one that says how it is paid: a tender, or a sum in cash."""
    return TenderKind(order.value) if order.says is Says.TENDER else TenderKind.CASH


def handed(order: Order, due: Fen) -> Fen:
    """Of one that says a sum in cash: how much came over the counter."""
    return Fen(int(order.value)) if order.says is Says.SUM else due


def _in_place(place: int, screen: Screen) -> Intent | None:
    """As the page's digit: of buttons with numbers of their own that one, else counted among the others."""
    named = [choice for choice in screen.choices if choice.key.isdigit()]
    found = [choice for choice in named if choice.key == str(place)]
    if not named:
        found = [choice for choice in screen.choices if not choice.key][place - 1 : place]
    return Intent(step=screen.step, do=found[0].do, value=found[0].value) if found else None


def _keyed(order: Order, screen: Screen) -> str | None:
    """Sums and quantities are keyed, where the screen asks for such."""
    poured = (Keying.LITRES, Keying.KILOGRAMS, Keying.CUBIC_METRES)
    fits = {Says.SUM: (Keying.AMOUNT, Keying.CASH), Says.LITRES: poured}
    return plain(Fen(int(order.value))) if screen.keying in fits.get(order.says, ()) else None


def _means(order: Order, choice: Choice, screen: Screen) -> bool:
    if order.says in {Says.CONFIRM, Says.EXACT} and screen.keying is Keying.CASH:
        return choice.do == "pick"  # Its one button: exactly what is due was handed over.
    if order.says is Says.CONFIRM and screen.title.text == _BEST_FIRST:
        return choice.do == "pick"
    means = _MEANT.get(order.says)
    return means is not None and means(choice, order.value)


_MEANT: Mapping[Says, Callable[[Choice, str], bool]] = MappingProxyType(
    {
        Says.CONFIRM: lambda choice, _: choice.key == "Enter",
        Says.CANCEL: lambda choice, _: choice.key == "Escape",
        Says.SKIP: lambda choice, _: (
            choice.do == "skip" or (choice.do == "pick" and choice.label.text in _WITHOUT)
        ),
        Says.NOZZLE: lambda choice, number: (
            choice.do == "pick"
            and choice.label.text.startswith(_NOZZLE)
            and choice.label.values["number"] == number
        ),
        Says.PRESET: lambda choice, how: (
            (choice.do, choice.value) == ("pick", how) and choice.label.text in _CALLED[how]
        ),
        Says.LESS: lambda choice, _: (choice.do, choice.label.text) == ("pick", "Less: {sum} can be used"),
        Says.OTHER: lambda choice, _: (choice.do, choice.label.text) == ("pick", "Another card"),
        Says.REPRINT: lambda choice, _: choice.do == "reprint",
        Says.START: lambda choice, flow: (choice.do, choice.value) == ("start", flow),
        Says.GRADE: lambda choice, grade: (
            (choice.do, choice.value.lower()) == ("pick", grade) and choice.label.text == "{name}"
        ),
        Says.TENDER: lambda choice, kind: (
            (choice.do, choice.value, choice.label) == ("pick", kind, TENDERS[TenderKind(kind)])
        ),
        Says.PARTS: lambda choice, _: (choice.do, choice.label.text) == ("pick", "In parts"),
        Says.FUEL: lambda choice, _: choice.do == "fuel",
        Says.AHEAD: lambda choice, _: choice.do == "pick" and choice.label.text in _AHEAD,
        Says.AGREES: lambda choice, purpose: (
            (choice.do, choice.value.lower()) == ("pick", f"{_CONSENT}{purpose}")
        ),
    }
)


class Printed(Value, frozen=True, kw_only=True):
    """One code of the sheet with what stands beside it."""

    order: Order
    label: str
    """A key of `core.texts`, or what people call it anyway: `95`, `200.00`."""


SUMS: tuple[Fen, ...] = tuple(Fen(yuan * 100) for yuan in (50, 100, 200, 300, 500))
QUANTITIES = (10_00, 20_00, 30_00, 50_00)
"""Hundredths of a litre, kilogram or cubic metre."""
NOZZLES = 12
"""So many have a code where nozzles are released from here, unless more are asked for."""
PLACES = 10
"""As many buttons as have a digit on the page."""
PAD = frozenset({Says.DIGIT, Says.POINT, Says.ERASE})
"""What keys a number: a page of its own."""
_DIGITS = "1234567890"


def sheet(  # noqa: PLR0913  what a site sells by, each by its name
    flows: Mapping[str, str],
    grades: Mapping[str, str],
    tenders: tuple[TenderKind, ...],
    *,
    nozzles: int = 0,
    poured: Sequence[Measured] = (),
    consents: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Printed]:
    """All of a site: `flows` and `grades` by name, with what they are called, and so are `consents`.

    `nozzles`: so many are released from here, counted from 1. `poured`: in what its grades are measured. A
    purpose whose name is outside the grammar is answered by its place.
    """
    yield Printed(order=Order(says=Says.CONFIRM), label="Confirm")
    yield Printed(order=Order(says=Says.CANCEL), label="Cancel")
    yield Printed(order=Order(says=Says.SKIP), label="Without it")
    yield Printed(order=Order(says=Says.REPRINT), label="Reprint")
    for flow, label in flows.items():
        yield Printed(order=Order(says=Says.START, value=flow), label=label)
    if nozzles:
        yield from _pumps(nozzles, poured)
    for grade, name in grades.items():
        yield Printed(order=Order(says=Says.GRADE, value=grade.lower()), label=name)
    for measured in poured:
        for many in QUANTITIES:
            label = quantity_shown(many, measured).replace(".00", "")
            yield Printed(order=Order(says=Says.LITRES, value=str(many)), label=label)
    if grades:
        yield Printed(order=Order(says=Says.FUEL), label="Fuel")
    yield from _paid(tenders)
    for purpose, asks in consents.items():
        if _VALUES[Says.AGREES].fullmatch(purpose.upper()) and purpose == purpose.lower():
            yield Printed(order=Order(says=Says.AGREES, value=purpose), label=asks)
    for place in range(1, PLACES + 1):
        yield Printed(order=Order(says=Says.PLACE, value=str(place)), label=f"[{place}]")
    yield from _pad()


def _paid(tenders: tuple[TenderKind, ...]) -> Iterator[Printed]:
    yield Printed(order=Order(says=Says.AHEAD), label="Paid ahead")
    for fen in SUMS:
        yield Printed(order=Order(says=Says.SUM, value=str(fen)), label=plain(fen))
    for kind in tenders:
        yield Printed(order=Order(says=Says.TENDER, value=kind), label=TENDERS[kind].text)
    yield Printed(order=Order(says=Says.EXACT), label="Cash, exactly what is due")
    yield Printed(order=Order(says=Says.PARTS), label="In parts")


def _pad() -> Iterator[Printed]:
    """Any other sum or quantity, a phone number, a PIN: digit by digit, as on a telephone."""
    *most, nought = (Printed(order=Order(says=Says.DIGIT, value=digit), label=digit) for digit in _DIGITS)
    yield from most
    yield Printed(order=Order(says=Says.POINT), label="Point")
    yield nought
    yield Printed(order=Order(says=Says.ERASE, value=Erase.LAST), label="Erase a digit")
    yield Printed(order=Order(says=Says.ERASE, value=Erase.ALL), label="Erase all digits")


def _pumps(nozzles: int, poured: Sequence[Measured]) -> Iterator[Printed]:
    for number in range(1, nozzles + 1):
        yield Printed(order=Order(says=Says.NOZZLE, value=str(number)), label=f"#{number}")
    yield Printed(order=Order(says=Says.PRESET, value="full"), label="Full tank")
    yield Printed(order=Order(says=Says.PRESET, value="sum"), label="For a sum")
    for measured in poured:
        yield Printed(order=Order(says=Says.PRESET, value="litres"), label=SO_MANY[measured])
    yield Printed(order=Order(says=Says.LESS), label="Less")
    yield Printed(order=Order(says=Says.OTHER), label="Another card")
