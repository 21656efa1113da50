"""The maintenance menu's other end: what a technician asks of the terminal that runs.

Looking needs no PIN. What changes something needs the technician's own: it is tried once, with the tries of
every PIN, and opens a stay that ends ten minutes after the last thing that was asked in it, and when they no
longer look after the terminal or have another PIN. Each change is an entry, before it is done.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from terminal.cancelling import cancelled, seen
from terminal.core.called import NOT_IN_TRAINING
from terminal.core.cart import totaliser
from terminal.core.commands import MAINTENANCE, Booked, BookNote, BookShiftClose, Pumps
from terminal.core.errors import BadLitres, TerminalFault
from terminal.core.money import Fen, amount, shown
from terminal.core.ports import Clock
from terminal.core.shift import DRAWER, X_REPORT
from terminal.core.signals import Cue
from terminal.core.values import StaffId, Value
from terminal.first_pin import IN_TRAINING, given
from terminal.flows.pumps import fuel_flows, pumps_now
from terminal.live_devices import Looking
from terminal.maintenance.metrics import Figures, counted
from terminal.runtime.log import legible, told
from terminal.runtime.trace import Record

if TYPE_CHECKING:
    from terminal.config import Device
    from terminal.desk.beside import Beside
    from terminal.desk.counter import Counter
    from terminal.store.ledger import Ledger

STAY_MS: Final = 600_000
"""So long nothing may be asked before the PIN is needed again."""
STAYS_MAX: Final = 4
DETAIL_CHARS_MAX: Final = 200
SELF_TEST: Final = "self-test"
NOT_TO_GIVE: Final = "whoever approves is given a PIN by a manager at the counter: press Staff there"
SERVED: Final = "somebody is being served: ask again when the counter is at rest"
FILLS: Final = "a nozzle is released: ask again once its fill is over"
CLOSED: Final = "The terminal runs without its ledger, which does not open: {}"
_OF_THE_SHOP: Final = frozenset({"coupons", "cards", "cards-cancel"})
"""What would be answered out of a ledger to learn with, and be taken for the shop's."""
NO_DRAWER = "no drawer is configured, or it stays shut in training: drawer, of its printer or of its pins"
_TOKEN_BYTES = 16
_SECOND = 2


class Answer(Value, frozen=True, kw_only=True):
    lines: tuple[str, ...] = ()
    why: str = ""
    """Why it was not done."""
    enter: bool = False
    """It needs a PIN, or another one."""
    token: str = ""
    """Of the stay that begins; said with everything that needs it."""
    records: tuple[Record, ...] = ()
    """What the device said, with other numbers."""
    full: bool = False
    """The next look begins anew."""
    closed: bool = False
    """By a terminal whose ledger does not open, which answers everything with the reason."""


class _Stay(Struct, frozen=True, kw_only=True):
    who: StaffId
    used_ms: int
    pin: tuple[str, str]
    """By what it was known when they came in."""


class Inside(Struct, frozen=True, kw_only=True):
    """What it reaches."""

    counter: Counter
    ledger: Ledger
    beside: Beside
    clock: Clock
    devices: Sequence[Device]
    send_now: Callable[[], bool]
    """False: there is nobody to send to."""
    webhook: Callable[[tuple[str, ...]], Awaitable[Sequence[str]]]
    """`terminal.quarantine`, in lines."""
    figures: Callable[[], Awaitable[Figures]]
    change_over: Callable[[], None]
    restart: Callable[[], None]
    training: bool


_Act = Callable[[StaffId, Sequence[str]], Awaitable[Answer]]
_Look = Callable[[Sequence[str]], Awaitable[Answer]]


class Technician:
    """`answer` is for the socket. `said`: the stay's token or nothing, then what, then what belongs to it."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside
        self._stays: dict[str, _Stay] = {}
        """By token."""
        self._looking = Looking(inside.clock, inside.devices)
        self._looks: Mapping[str, _Look] = {
            "open": self._open,
            "enter": self._entered,
            "live": self._live,
            "signal": self._signalled,
            "send-now": self._sent,
            "quarantine": self._quarantine,
            "counters": self._counters,
            "served": self._served,
            "to-read": self._to_read,
        }
        self._acts: Mapping[str, _Act] = {
            "leave": self._left,
            "note": self._noted,
            "drawer": self._drawer,
            "x": self._x,
            "z": self._z,
            "staff": self._staff,
            "staff-pin": self._staff_pin,
            "give-up": self._given_up,
            "coupons": self._coupons,
            "cards": self._cards,
            "cards-cancel": self._cards_cancelled,
            "training": self._training,
            "restart": self._restart,
        }

    async def answer(self, said: tuple[str, ...]) -> Answer:
        token, what, *words = (*said, "", "")[: max(2, len(said))]
        try:
            if look := self._looks.get(what):
                return await look(words)
            act = self._acts.get(what)
            if act is None:
                return Answer(why=f"the terminal that runs does not know {legible(what)!r}: is it older?")
            if self._in.training and what in _OF_THE_SHOP:
                return Answer(why=NOT_IN_TRAINING)
            who = await self._who(token)
            return Answer(why="key the PIN first", enter=True) if who is None else await act(who, words)
        except TerminalFault as fault:
            return Answer(why=told(fault), enter=what == "enter")

    async def _who(self, token: str) -> StaffId | None:
        """None too once they no longer look after the terminal, or have another PIN."""
        now_ms, counter = self._in.clock.mono_ms(), self._in.counter
        self._stays = {
            one: stay
            for one, stay in self._stays.items()
            if now_ms - stay.used_ms <= STAY_MS and stay.who in counter.looks_after
        }
        stay = self._stays.get(token)
        if stay is None or await counter.pin_of(stay.who) != stay.pin:
            self._stays.pop(token, None)
            return None
        self._stays[token] = replace(stay, used_ms=now_ms)
        return stay.who

    async def _open(self, _words: Sequence[str]) -> Answer:
        return Answer()

    async def _entered(self, words: Sequence[str]) -> Answer:
        who, pin = words
        counter = self._in.counter
        if who not in counter.looks_after:
            return Answer(why="that is nobody who looks after this terminal", enter=True)
        known = await counter.pin_of(StaffId(who))
        await counter.proved_by_pin(StaffId(who), pin)
        await self._who("")
        while len(self._stays) >= STAYS_MAX:
            del self._stays[min(self._stays, key=lambda one: self._stays[one].used_ms)]
        token = secrets.token_hex(_TOKEN_BYTES)
        self._stays[token] = _Stay(who=StaffId(who), used_ms=self._in.clock.mono_ms(), pin=known)
        return Answer(token=token)

    async def _left(self, who: StaffId, _words: Sequence[str]) -> Answer:
        self._stays = {one: stay for one, stay in self._stays.items() if stay.who != who}
        return Answer(lines=("left",))

    # Looking

    async def _live(self, words: Sequence[str]) -> Answer:
        look = await self._looking.looked(words[0])
        return Answer(why=look.why, records=look.records, full=look.full)

    async def _signalled(self, words: Sequence[str]) -> Answer:
        cue = Cue(words[0]) if words[0] else None
        if not self._in.beside.tried(cue):
            return Answer(why="no lamps or buzzer are configured, or they are down")
        return Answer(lines=(f"given: {cue}" if cue else "silent and dark",))

    async def _sent(self, _words: Sequence[str]) -> Answer:
        if not self._in.send_now():
            return Answer(why="there is nobody to send to: no headquarters is configured or enrolled at")
        return Answer(lines=("it is tried now; look at the queue in a moment",))

    async def _quarantine(self, words: Sequence[str]) -> Answer:
        """`words`: nothing, or `again`."""
        return Answer(lines=tuple(await self._in.webhook(("again",) if "again" in words else ())))

    async def _counters(self, _words: Sequence[str]) -> Answer:
        return Answer(lines=counted(await self._in.figures()))

    async def _served(self, _words: Sequence[str]) -> Answer:
        """Why nobody ends this terminal for a minute or more, as an update does; no lines: they may.

        Whoever pays outside is served until that is known. What is known later the next start asks again.
        """
        if (busy := self._busy()) is not None:
            return Answer(lines=(busy.why,))
        return Answer(lines=(FILLS,)) if await fuel_flows(self._in.counter) else Answer()

    async def _to_read(self, _words: Sequence[str]) -> Answer:
        """Nozzles whose totaliser nobody tells us: a person reads it off the pump for a Z."""
        nozzles = await self._in.counter.nozzles()
        return Answer(lines=tuple(str(one.number) for one in nozzles if not one.total))

    # Doing

    async def _booked(
        self,
        who: StaffId,
        what: str,
        detail: str = "",
        beside: Sequence[str] = (),
        pumps: Pumps | None = None,
    ) -> Booked:
        """`beside`: whoever approves it where the shop asks for two, and their PIN."""
        counter, second = self._in.counter, None
        if len(beside) == _SECOND and beside[0]:
            second = StaffId(beside[0])
            await counter.proved_by_pin(second, beside[1])
        note = BookNote(
            id=counter.new_id(),
            at=counter.occasion(who, second),
            what=what,
            detail=detail[:DETAIL_CHARS_MAX],
            pumps=pumps,
        )
        return await counter.book_beside(note)

    async def _noted(self, who: StaffId, words: Sequence[str]) -> Answer:
        """What the menu is about to do itself, by files."""
        booked = await self._booked(who, MAINTENANCE, legible(words[0]))
        return Answer(lines=(f"entry {booked.seq}",))

    async def _drawer(self, who: StaffId, words: Sequence[str]) -> Answer:
        """`words`: who approves it and their PIN, or nothing; so of an X report."""
        if all(getattr(one.settings, "drawer", None) in {None, False} for one in self._in.devices):
            return Answer(why=NO_DRAWER)
        await self._booked(who, DRAWER, SELF_TEST, words)
        return Answer(lines=("the drawer was told to open; that is on record", "Close it again."))

    async def _x(self, who: StaffId, words: Sequence[str]) -> Answer:
        pumps = await pumps_now(self._in.counter, keyed=False)
        return _report(await self._booked(who, X_REPORT, beside=words, pumps=pumps))

    async def _z(self, who: StaffId, words: Sequence[str]) -> Answer:
        """`words`: what was counted, and what of it stays, in yuan; then `4=7654.32` of what was read."""
        counted, left = (_sum(one) for one in words[:2])
        if left > counted:
            return Answer(why="more stays than was counted")
        elsewhere = dict(_total(one) for one in words[2:])
        unread = [one for one in (await self._to_read(())).lines if int(one) not in elsewhere]
        if unread:
            return Answer(why=f"the totaliser of nozzle {unread[0]} is to be read: open 5 anew")
        pumps = await pumps_now(self._in.counter, keyed=False, elsewhere=elsewhere)
        if (busy := self._busy()) is not None:
            return busy
        counter = self._in.counter
        close = BookShiftClose(
            id=counter.new_id(), at=counter.occasion(who), counted=counted, left=left, pumps=pumps
        )
        return _report(await counter.book_beside(close))

    async def _staff(self, _who: StaffId, _words: Sequence[str]) -> Answer:
        people = self._in.counter.staff
        return Answer(lines=tuple(f"{one.id:16} {one.role:11} {legible(one.name)}" for one in people))

    async def _staff_pin(self, who: StaffId, words: Sequence[str]) -> Answer:
        ledger, counter = self._in.ledger, self._in.counter
        if not await counter.may_give_pin(who, StaffId(words[0])):
            return Answer(why=NOT_TO_GIVE)
        staff = [one.id for one in counter.staff]
        one = await given(counter, ledger.committer, ledger.pin_book, words[:1], staff=staff, by=who)
        if one.why:
            return Answer(why=one.why)
        return Answer(
            lines=(
                f"{words[0]}: {one.pin}",
                "Said once. It serves to choose another at the counter.",
                *([IN_TRAINING] if one.training else []),
            )
        )

    async def _coupons(self, _who: StaffId, words: Sequence[str]) -> Answer:
        """How many of that kind are held here: before they are all ended."""
        held = await self._in.ledger.books.coupons_of(words[0])
        if not held:
            return Answer(why=f"no coupon of kind {legible(words[0])!r} is held here")
        return Answer(lines=(f"{len(held)} coupons of kind {legible(words[0])} are held here",))

    async def _cards(self, _who: StaffId, words: Sequence[str]) -> Answer:
        """`words`: first and last number. How many would be cancelled comes first, as it is said back."""
        found = await seen(self._in.counter, words[0])
        return Answer(lines=found.lines)

    async def _cards_cancelled(self, _who: StaffId, words: Sequence[str]) -> Answer:
        """`words`: the numbers, the first line of what was seen, who signs and their PIN, so of a second."""
        keyed, head, by, pin, second, other_pin = words
        if (busy := self._busy()) is not None:
            return busy
        counter = self._in.counter
        found = await seen(counter, keyed)
        if found.lines[0] != head:
            return Answer(why="it is another number of cards by now: look again")
        await counter.proved_by_pin(StaffId(by), pin)
        if second:
            await counter.proved_by_pin(StaffId(second), other_pin)
        done, left = await cancelled(counter, found, StaffId(by), StaffId(second) if second else None)
        return Answer(lines=(f"{done} cards cancelled, {left} left out; the list is printed",))

    async def _given_up(self, who: StaffId, words: Sequence[str]) -> Answer:
        if not words[0].isdecimal():
            return Answer(why="say which entry by its number")
        await self._booked(who, MAINTENANCE, f"give up entry {words[0]}")
        return Answer(lines=tuple(await self._in.webhook(("give-up", words[0], who))))

    async def _training(self, who: StaffId, words: Sequence[str]) -> Answer:
        if served := (await self._served(words)).lines:
            return Answer(why=served[0])
        ends = self._in.training
        await self._booked(who, MAINTENANCE, "training ends" if ends else "training begins")
        self._in.change_over()
        return Answer(lines=("training ends" if ends else "training begins; nothing is booked for the shop",))

    async def _restart(self, who: StaffId, _words: Sequence[str]) -> Answer:
        """Over a fill, too: it goes on, is settled afterwards, and what tells of one may be what hangs."""
        if (busy := self._busy()) is not None:
            return busy
        await self._booked(who, MAINTENANCE, "restart")
        self._in.restart()
        return Answer(lines=("it ends now; systemd starts it again",))

    def _busy(self) -> Answer | None:
        if self._in.counter.at_rest:
            return None
        return Answer(why=SERVED)


def _sum(text: str) -> Fen:
    """In yuan; nothing is a sum, too. Raises BadAmount."""
    return Fen(0) if re.fullmatch(r"0+(\.0{1,2})?", text.strip()) else amount(text)


def _total(text: str) -> tuple[int, int]:
    """Which nozzle, and its centilitres. Raises BadLitres."""
    nozzle, _, litres = text.partition("=")
    if not nozzle.isdecimal():
        raise BadLitres("no totaliser of a nozzle")
    return int(nozzle), totaliser(litres)


def _report(booked: Booked) -> Answer:
    figures = booked.figures
    said = [f"booked{f' as {booked.receipt_no}' if booked.receipt_no else ''}; the report is printed"]
    if figures is not None:
        said.append(f"should be in the drawer: {shown(Fen(figures.in_drawer))}")
        if figures.counted is not None:
            said += [f"counted: {shown(Fen(figures.counted))}", f"over or short: {shown(Fen(figures.over))}"]
    return Answer(lines=tuple(said))
