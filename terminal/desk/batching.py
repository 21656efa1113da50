"""Work on many cards: which ones, and one entry for each of them (product.md B11)."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Sequence

from msgspec.structs import replace

from terminal.core.batches import (
    Batch,
    CardAccount,
    Chosen,
    CutShort,
    Numbers,
    Step,
    batch_of,
    counted,
    next_numbers,
    series,
)
from terminal.core.commands import Booked, BookNote, Command, Listed, Occasion, Private
from terminal.core.errors import Refused
from terminal.core.ports import Books
from terminal.core.screens import State, says
from terminal.core.values import StaffId
from terminal.desk.booking import Booking
from terminal.desk.elsewhere import Elsewhere
from terminal.desk.own import OwnCards
from terminal.desk.stage import Stage
from terminal.runtime.log import told

log = logging.getLogger(__name__)

_AT_ONCE = 128
"""They share a commit: as long as that takes another counter may wait, and twice as many gain little."""


class Batching:
    """Begun again after a power cut, it finds what is left to do: what was cancelled fits no more."""

    _books: Books
    _booking: Booking
    _own: OwnCards
    _elsewhere: Elsewhere
    _stage: Stage

    @abstractmethod
    def occasion(self, operator: StaffId | None = None, second: StaffId | None = None) -> Occasion: ...

    @abstractmethod
    async def _book(
        self, command: Command, private: Private | None, listed: Listed | None = None
    ) -> Booked: ...

    async def batch(self, chosen: Chosen) -> Batch:
        self._look_up()
        return await self.batch_unseen(chosen)

    async def batch_unseen(self, chosen: Chosen) -> Batch:
        """The same for whoever asks from elsewhere: the counter's page is its customer's."""
        return batch_of(await self._elsewhere.left_on(await self._books.accounts(chosen)))

    async def next_numbers(self, prefix: str, count: int) -> Numbers:
        self._look_up()
        taken = await self._books.accounts(Chosen(numbers=series(prefix)))
        return next_numbers(prefix, (one.shown for one in taken), count)

    async def cut_short(self, kind: str) -> CutShort | None:
        return await self._books.cut_short(self.occasion().terminal, kind)

    async def book_batch(
        self, steps: Sequence[Step], left_out: Sequence[CardAccount], note: BookNote, cut: CutShort | None
    ) -> Booked:
        self._stage.show(State.PROCESSING, says("Booking. Do not remove the card."))
        ended, listed = await self._worked(steps, left_out, note, cut)
        return await self._book(ended, None, listed)

    def _look_up(self) -> None:
        """Thousands of numbers take a small machine a while, and a question that stays looks unanswered."""
        self._stage.show(State.READING, says("Looking it up"))

    async def _worked(
        self, steps: Sequence[Step], left_out: Sequence[CardAccount], note: BookNote, cut: CutShort | None
    ) -> tuple[BookNote, Listed]:
        """What is to be booked at the end, and its list."""
        await self._own.learn()  # Before numbers end.
        done = list(cut.done) if cut is not None else []
        left = [(one.shown, one.fen if one.known else None) for one in left_out]
        for at in range(0, len(steps), _AT_ONCE):
            some = steps[at : at + _AT_ONCE]
            ends = await self._booking.book_all([(one.command, one.private) for one in some])
            for one, end in zip(some, ends, strict=True):
                match end:
                    case Refused():  # Somebody put value on it meanwhile, or it was cancelled by itself.
                        log.info("left out: id=%s why=%s", one.command.id, told(end))
                        left.append((one.shown, None))
                    case BaseException():
                        log.warning("the batch ends here: done=%d of=%d", len(done), len(steps))
                        raise end
                    case _:
                        done.append(one.shown)
        ended = replace(note, detail=counted(len(done), len(left)))
        return ended, Listed(done=tuple(done), left_out=tuple(left))
