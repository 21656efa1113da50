"""Cards cancelled by number from the maintenance menu: seen first, then done by a manager's word (B11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.core.batches import Batch, Chosen, CutShort, Step, numbers
from terminal.core.cards import CardState
from terminal.core.commands import BATCH, BookCardState, BookNote
from terminal.core.errors import MayNotApprove, NothingToCancel
from terminal.core.money import Fen, shown
from terminal.core.values import StaffId, Value

if TYPE_CHECKING:
    from terminal.desk.counter import Counter

SHOWN_MAX: Final = 12
"""Accounts that are left out and stand on the console; all are on the printed list."""
_KIND = "card_state"


class Seen(Value, frozen=True, kw_only=True):
    """What a range of numbers comes to now."""

    batch: Batch
    cut: CutShort | None
    """What was begun before and never came to its end; it goes on with this."""

    @property
    def lines(self) -> tuple[str, ...]:
        batch, left = self.batch, len(self.batch.left_out)
        said = [f"{len(batch.cancels)} cards without value are cancelled"]
        if batch.new:
            said.append(f"not given out yet, of these: {batch.new}")
        if batch.with_points:
            said.append(f"with points that end, of these: {batch.with_points}")
        if self.cut is not None:
            said.append(f"cancelled before it was cut short, and on the same list: {len(self.cut.done)}")
        said.append(f"left out, with value: {left}, {shown(Fen(batch.left_fen))}")
        if batch.of_headquarters:
            said.append(f"for headquarters, of these: {batch.of_headquarters}")
        said += [_left(one.shown, one.fen, here=one.worth_here) for one in batch.left_out[:SHOWN_MAX]]
        if left > SHOWN_MAX:
            said.append(f"and {left - SHOWN_MAX} more, which are on the printed list")
        return tuple(said)


def _left(card: str, fen: int, *, here: bool) -> str:
    if not here:
        return f"  {card}  perhaps at other shops"
    return f"  {card}  {shown(Fen(fen)) if fen else 'not money'}"


async def seen(counter: Counter, keyed: str) -> Seen:
    """`keyed`: first and last number. Raises BadNumbers, NothingToCancel."""
    batch = await counter.batch(Chosen(numbers=numbers(keyed)))
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
    of = found.cut.of if found.cut is not None else counter.new_id()
    note = BookNote(id=of, at=counter.occasion(by, second), what=BATCH)
    commands = [
        BookCardState(
            id=counter.new_id(),
            at=note.at,
            card=one.card,
            state=CardState.CANCELLED,
            batch=note.id,
            ends=one.ends,
        )
        for one in found.batch.cancels
    ]
    if commands and (why := await counter.objection(commands[0])) is not None:
        raise why
    steps = [
        Step(command=command, shown=one.shown)
        for command, one in zip(commands, found.batch.cancels, strict=True)
    ]
    listed = await counter.batch_beside(steps, found.batch.left_out, note, found.cut)
    return len(listed.done), len(listed.left_out)
