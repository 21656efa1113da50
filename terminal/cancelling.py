"""Cards cancelled by number from the maintenance menu: seen first, then done by a manager's word (B11)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from terminal.core.batches import Batch, Chosen, CutShort, numbers
from terminal.core.cancelling import Fact, cancelling, closing, facts
from terminal.core.errors import MayNotApprove, NothingToCancel
from terminal.core.money import Fen, shown
from terminal.core.values import StaffId, Value

if TYPE_CHECKING:
    from terminal.desk.counter import Counter

SHOWN_MAX: Final = 12
"""Accounts that are left out and stand on the console; all are on the printed list."""
_KIND = "card_state"
_SAID: Mapping[Fact, str] = MappingProxyType(
    {
        Fact.CANCELS: "{0} cards without value are cancelled",
        Fact.POINTS: "with points that end, of these: {0}",
        Fact.PARTLY: "members' whose value elsewhere is not known, of these: {0}",
        Fact.NEW: "not given out yet, of these: {0}",
        Fact.BEFORE: "cancelled before it was cut short, and on the same list: {0}",
        Fact.LEFT_OUT: "left out, with value: {0}, {1}",
        Fact.OF_HEADQUARTERS: "for headquarters, of these: {0}",
    }
)
"""With how many, and what lies on what is left out."""


class Seen(Value, frozen=True, kw_only=True):
    """What a range of numbers comes to now."""

    batch: Batch
    cut: CutShort | None
    """What was begun before and never came to its end; it goes on with this."""

    @property
    def lines(self) -> tuple[str, ...]:
        batch, left = self.batch, len(self.batch.left_out)
        sums = shown(Fen(batch.left_fen))
        said = [_SAID[fact].format(count, sums) for fact, count in facts(batch, self.cut)]
        said += [_left(one.shown, one.fen, known=one.known) for one in batch.left_out[:SHOWN_MAX]]
        if left > SHOWN_MAX:
            said.append(f"and {left - SHOWN_MAX} more, which are on the printed list")
        return tuple(said)


def _left(card: str, fen: int, *, known: bool) -> str:
    if not known:
        return f"  {card}  perhaps at other shops"
    return f"  {card}  {shown(Fen(fen)) if fen else 'not money'}"


async def seen(counter: Counter, keyed: str) -> Seen:
    """`keyed`: first and last number. Raises BadNumbers, NothingToCancel."""
    batch = await counter.batch_unseen(Chosen(numbers=numbers(keyed)))
    cut = await counter.cut_short(_KIND)
    if not batch.cancels and cut is None:
        raise NothingToCancel(f"{len(batch.left_out)} with value")
    return Seen(batch=batch, cut=cut)


async def cancelled(counter: Counter, found: Seen, by: StaffId, second: StaffId | None) -> tuple[int, int]:
    """How many are cancelled, and how many were left out. `by`, `second`: proved before.

    Begun again after it was cut short, it finds what is left to do. Raises what stands against it, before
    anything is booked: SecondPersonNeeded, MayNotApprove and their like; then what `Booking.book` does.
    """
    if not counter.leads(by):
        raise MayNotApprove("many cards at once")
    note = closing(found.cut, counter.occasion(by, second), counter.new_id)
    steps = cancelling(found.batch, note, counter.new_id)
    if steps and (why := await counter.objection(steps[0].command)) is not None:
        raise why
    listed = await counter.batch_beside(steps, found.batch.left_out, note, found.cut)
    return len(listed.done), len(listed.left_out)
