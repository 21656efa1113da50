"""Work on many cards: which ones, and one entry for each of them (product.md B11)."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Sequence

from terminal.core.batches import Batch, CardAccount, Chosen, Numbers, Step, batch_of, next_numbers, series
from terminal.core.commands import BATCH, Booked, BookNote, Command, Listed, Private
from terminal.core.errors import Refused
from terminal.core.ports import Books
from terminal.core.values import EntryId
from terminal.desk.booking import Booking
from terminal.desk.own import OwnCards
from terminal.runtime.log import told

log = logging.getLogger(__name__)

_AT_ONCE = 128
"""They share a commit: as long as that takes another counter may wait, and twice as many gain little."""


class Batching:
    """Begun again after a power cut, it finds what is left to do: what was cancelled fits no more."""

    _books: Books
    _booking: Booking
    _own: OwnCards

    @abstractmethod
    async def _book(
        self, command: Command, private: Private | None, listed: Listed | None = None
    ) -> Booked: ...

    async def batch(self, chosen: Chosen) -> Batch:
        return batch_of(await self._books.accounts(chosen))

    async def next_numbers(self, prefix: str, count: int) -> Numbers:
        taken = await self._books.accounts(Chosen(numbers=series(prefix)))
        return next_numbers(prefix, (one.shown for one in taken), count)

    async def book_batch(self, steps: Sequence[Step], left_out: Sequence[CardAccount], of: EntryId) -> Booked:
        await self._own.learn()  # Before numbers end.
        done: list[str] = []
        left = [(one.shown, one.fen) for one in left_out]
        for at in range(0, len(steps), _AT_ONCE):
            some = steps[at : at + _AT_ONCE]
            ends = await self._booking.book_all([(one.command, one.private) for one in some])
            for one, end in zip(some, ends, strict=True):
                match end:
                    case Refused():  # Somebody put value on it meanwhile, or it was cancelled by itself.
                        log.info("left out: id=%s why=%s", one.command.id, told(end))
                        left.append((one.shown, 0))
                    case BaseException():
                        log.warning("the batch ends here: done=%d of=%d", len(done), len(steps))
                        raise end
                    case _:
                        done.append(one.shown)
        at_ = steps[0].command.at
        note = BookNote(id=of, at=at_, what=BATCH, detail=f"{len(done)}/{len(steps) + len(left_out)}")
        return await self._book(note, None, Listed(done=tuple(done), left_out=tuple(left)))
