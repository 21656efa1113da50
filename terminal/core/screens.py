"""What the attendant sees: one state a screen, and which state may follow which.

The daemon owns the state. Pages show it and send intents that name the step they saw, so that a
touch on an old screen does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import zip_longest
from types import MappingProxyType

from msgspec import Struct

from terminal.core.commands import Measured, SaleLine
from terminal.core.events import DeviceHealth
from terminal.core.given_back import Counted, GivenBack, Told, rows_left, rows_of
from terminal.core.money import plain, shown
from terminal.core.trust import Holder
from terminal.core.units import in_litres
from terminal.core.values import Value


class State(StrEnum):
    IDLE = "idle"  # what shall it be?
    READY = "ready"  # tap, insert, swipe, scan
    CART = "cart"  # goods are being added
    KEYING = "keying"  # an amount, a phone number, litres
    CHOOSING = "choosing"  # one of a few
    READING = "reading"  # a card is being read: leave it there
    CONFIRM = "confirm"  # the amount, before anything is charged
    PROCESSING = "processing"  # booking: do not remove the card
    APPROVED = "approved"
    DECLINED = "declined"
    SAYING = "saying"  # one sentence
    CLOSED = "closed"  # nothing can be booked: why, and what to do


_ASKING = {State.READY, State.CART, State.KEYING, State.CHOOSING, State.READING, State.CONFIRM}
_ENDING = {State.DECLINED, State.SAYING, State.IDLE}
_RESTING = {State.IDLE, State.CLOSED}

NEXT: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.IDLE: frozenset(_ASKING | {State.DECLINED, State.SAYING, State.CLOSED}),
        **{state: frozenset(_ASKING | _ENDING | {State.PROCESSING}) for state in _ASKING},
        # Again, when the terminal has to look up what became of it.
        State.PROCESSING: frozenset({State.PROCESSING, State.APPROVED, State.DECLINED, State.SAYING}),
        # Again, when the receipt is asked for once more.
        State.APPROVED: frozenset(_RESTING | {State.APPROVED}),
        # One word after another: each coupon that is not good now is told by itself.
        State.DECLINED: frozenset(_ASKING | _ENDING | _RESTING),
        State.SAYING: frozenset(_ASKING | _ENDING | _RESTING),
        # Again, when something else is in the way by now.
        State.CLOSED: frozenset(_RESTING),
    }
)
"""Every other transition is a defect and raises."""


class Message(Value, frozen=True, kw_only=True):
    """A sentence that every page shows in its own language."""

    text: str
    """English, with `{named}` places; the key of `core.texts`."""
    values: dict[str, str] = {}
    own: dict[str, str] = {}
    """The shop's own words, by language; they stand in the place of the sentence."""


def says(text: str, **values: str) -> Message:
    """A message, as it is written in code."""
    return Message(text=text, values=values)


class Line(Value, frozen=True, kw_only=True):
    """One row on a screen: a label and, on the right, an amount or a value as it is shown."""

    label: Message
    value: str = ""
    ref: str = ""
    """What an intent names to act on this row (remove a cart line)."""
    changes: bool = False
    """Whether its quantity may be changed."""
    word: Message | None = None
    """Stands in the place of `value` on a page, in its language."""


class Toggle(Value, frozen=True, kw_only=True):
    """One question, and what its button says: the answer that a touch gives."""

    question: Message
    agree: Message
    without: Message


class Toggles(Struct, kw_only=True):
    """What is said yes or no to, each apart, beside a question: no until touched, and then the other."""

    asked: Mapping[str, Toggle]
    yes: set[str]

    def turn(self, name: str) -> None:
        self.yes ^= {name}

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(
            Line(label=one.question, value="✓" if name in self.yes else "✗")
            for name, one in self.asked.items()
        )

    @property
    def labels(self) -> Mapping[str, Message]:
        """By name, what each button says now."""
        return {name: one.without if name in self.yes else one.agree for name, one in self.asked.items()}


class Choice(Value, frozen=True, kw_only=True):
    """A button. `do` and `value` are the intent that it sends."""

    do: str
    label: Message
    value: str = ""
    key: str = ""
    """Keyboard key, as in KeyboardEvent.key; empty: Enter, Escape and digits by position."""


class Keying(StrEnum):
    AMOUNT = "amount"
    CASH = "cash"
    PHONE = "phone"
    LITRES = "litres"
    KILOGRAMS = "kilograms"  # of gas, to hundredths
    CUBIC_METRES = "cubic_metres"
    TOTAL = "total"  # of a nozzle since it was made: no unit, as on the pump
    PIECES = "pieces"
    COUNT = "count"  # of points or uses: more of them than pieces are ever sold
    DAY = "day"  # year, month and day in eight digits; the page writes it with hyphens
    WEIGHT = "weight"  # kilograms
    SEARCH = "search"  # letters of a name, or a code
    RECEIPT = "receipt"  # its number, or a sum
    PIN = "pin"  # never shown
    TEXT = "text"  # a name, a number plate, words


class HolderShown(Value, frozen=True, kw_only=True):
    """The member as the screen shows them: masked."""

    name: str
    number: str
    tier: str
    balance: str
    points: str
    tier_said: Message | None = None
    """Stands in the place of `tier` on a page, in its language."""
    points_ending: str = ""
    """How many of them end next, and on which day."""
    usable_here: bool = False
    """The balance is what may be spent here; more may lie elsewhere."""
    as_of: str = ""
    """Time since which headquarters was not reached."""
    notes: tuple[Message, ...] = ()
    """What the attendant should know of them beside the money."""


class Screen(Value, frozen=True, kw_only=True):
    state: State
    step: int
    """Grows with every screen of this run. An intent that names another step is ignored."""
    title: Message
    flow: str = ""
    """`checkout`, `recharge`, `join`, or empty when idle."""
    amount: str = ""
    """The large number, as shown."""
    back: bool = False
    """It goes to the customer, in a flow whose amounts else come from them."""
    lines: tuple[Line, ...] = ()
    choices: tuple[Choice, ...] = ()
    keying: Keying | None = None
    typed: str = ""
    """What codes of the command sheet have keyed so far, as it may be seen; a touch of `key` without a value
    hands it over.
    """
    holder: HolderShown | None = None
    code: str = ""
    """Answer code, on declined screens."""
    advice: Message | None = None
    """What the attendant does next."""
    hint: Message | None = None
    """What little more would bring the customer."""
    receipt: str = ""
    """HTML of the receipt preview, drawn from the same document as the print."""


class DeviceShown(Value, frozen=True, kw_only=True):
    name: str
    kind: str
    health: DeviceHealth
    why: str = ""


class Status(Value, frozen=True, kw_only=True):
    """Always in view."""

    shop: str
    terminal: str
    shift: str
    attendant: str
    online: bool
    waiting: int
    """Entries that headquarters has not acknowledged."""
    devices: tuple[DeviceShown, ...] = ()
    halted: Message | None = None
    """Why nothing can be sold; None: it sells."""
    halted_code: str = ""
    training: bool = False
    """Nothing of it is the shop's."""
    notice: Message | None = None
    """What the attendant should know beside the sale: paper is out, a receipt did not print."""
    notice_code: str = ""


class View(Value, frozen=True, kw_only=True):
    screen: Screen
    status: Status


class Intent(Value, frozen=True, kw_only=True):
    """What a page sends: a person touched something on the screen with this step."""

    step: int
    do: str
    """`start`, `confirm`, `cancel`, `skip`, `phone`, `key`, `pick`, `remove`, `change`, `find`, `park`,
    `unpark`, `people`, `friend`, `done`, `reprint`, `more`."""
    value: str = ""


def sale_lines(lines: Sequence[SaleLine], places: Sequence[int | None] = ()) -> tuple[Line, ...]:
    """Priced lines as a screen shows them; with `places`, each names the line of the cart that it is of."""
    rows: list[Line] = []
    for line, place in zip_longest(lines, places):
        label = says(
            "{name} x {quantity}", name=line.name, quantity=quantity_shown(line.quantity, line.measured)
        )
        rows.append(Line(label=label, value=shown(line.gross), ref="" if place is None else str(place)))
        rows += [
            Line(label=says("{name}", name=off.name), value=shown(-off.amount)) for off in line.discounts
        ]
    return tuple(rows)


def quantity_shown(quantity: int, measured: Measured) -> str:
    """`3`, `1.250 kg`, `35.20 L`, `27.10 m³`."""
    match measured:
        case Measured.PIECE:
            return str(quantity)
        case Measured.GRAM:
            return f"{quantity // 1000}.{quantity % 1000:03d} kg"
        case Measured.CENTILITRE:
            return f"{plain(quantity)} L"
        case Measured.DECAGRAM:
            return f"{plain(quantity)} kg"
        case Measured.CENTICUBIC:
            return f"{plain(quantity)} m³"


def a_unit(measured: Measured) -> Message:
    """Of what is poured, what its price is of."""
    match measured:
        case Measured.DECAGRAM:
            return says("A kilogram")
        case Measured.CENTICUBIC:
            return says("A cubic metre")
        case _:
            return says("A litre")


def poured_by(measured: Measured) -> Keying:
    """In what a fill is keyed."""
    match measured:
        case Measured.DECAGRAM:
            return Keying.KILOGRAMS
        case Measured.CENTICUBIC:
            return Keying.CUBIC_METRES
        case _:
            return Keying.LITRES


def back_lines(
    back: GivenBack,
    article: Callable[[str], str] = str,
    measured: Callable[[str], Measured] = in_litres,
) -> tuple[Line, ...]:
    """Each kind of value by itself. `article`: what the shop calls it, by its SKU; `measured`: a grade."""
    return tuple(_line(row, measured) for row in rows_of(back, article))


def left_lines(
    held: Iterable[tuple[str, int]],
    article: Callable[[str], str] = str,
    measured: Callable[[str], Measured] = in_litres,
) -> tuple[Line, ...]:
    """(unit, amount) of what lies there and stays, beside stored value; likewise."""
    return tuple(_line(row, measured) for row in rows_left(held, article))


def _line(row: Told, measured: Callable[[str], Measured]) -> Line:
    return Line(label=says(row.text, name=row.name), value=_amount(row, measured))


def _amount(row: Told, measured: Callable[[str], Measured]) -> str:
    sign = "+" if row.signed and row.amount > 0 else ""
    match row.counted:
        case Counted.MONEY:
            return f"{sign}{shown(row.amount)}"
        case Counted.LITRES:
            return f"{sign}{quantity_shown(row.amount, measured(row.grade))}"
        case Counted.PIECES:
            return f"{sign}{row.amount}"


_POINTS_END: Mapping[str, str] = MappingProxyType(
    {
        "petrol": "{count} petrol points end on {day}",
        "diesel": "{count} diesel points end on {day}",
        "gas": "{count} gas points end on {day}",
    }
)


def holder_shown(
    holder: Holder,
    *,
    roams: bool = False,
    as_of: str = "",
    notes: tuple[Message, ...] = (),
    tier: Message | None = None,
) -> HolderShown:
    """`roams`: value may lie elsewhere; `tier`: in words, None: by its id."""
    return HolderShown(
        name=holder.name_shown,
        number=holder.number_shown,
        tier=holder.tier,
        tier_said=tier,
        balance=shown(holder.spendable),
        points=str(holder.points),
        points_ending=f"{holder.points_ending} / {holder.points_end}" if holder.points_ending else "",
        usable_here=roams,
        as_of=as_of,
        notes=(*notes, *_points_notes(holder)),
    )


def _points_notes(holder: Holder) -> Iterator[Message]:
    for one in holder.points_others:
        if one.ending:
            yield says(_POINTS_END[one.family], count=str(one.ending), day=one.end)
