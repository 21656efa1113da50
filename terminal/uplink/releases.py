"""Rights that a visitor leaves behind go back unasked: value after the visit, the rest at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from terminal.core.accounts import named
from terminal.core.commands import BookRightsBack, Occasion
from terminal.core.errors import Refused
from terminal.core.ports import Clock, Committer, Ids, Outbox
from terminal.core.rights import Want
from terminal.core.site import SiteLedger, Touched
from terminal.core.values import EntryId

_AT_ONCE = frozenset({"points", "cashback", "voucher"})
_AFTER_VISIT = frozenset({"principal", "bonus"})
_SPAN = 1_000
"""Entries looked at before one PUSH."""
_WANTS_MAX = 100


class Releases:
    """Looks at each part of the journal once for either kind; what was posted to since is seen later."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        ledger: SiteLedger,
        outbox: Outbox,
        committer: Committer,
        *,
        clock: Clock,
        ids: Ids,
        occasion: Callable[[], Occasion],
        keeps: Callable[[], tuple[Want, ...]],
        visit_ms: int,
    ) -> None:
        """`visit_ms`: after so long without anything on it a visitor's value goes back."""
        self._ledger = ledger
        self._outbox = outbox
        self._committer = committer
        self._clock = clock
        self._ids = ids
        self._occasion = occasion
        self._keeps = keeps
        self._visit_ms = visit_ms
        self._heads: deque[tuple[int, int]] = deque()
        """(monotonic, head) as seen before each PUSH."""
        self._at_once = self._visits = 0
        self._epoch = 0
        self._kept: list[Want] = []
        """What an open ask waited for when it was looked at."""

    async def give_back(self) -> None:
        if self._epoch != self._ledger.standing().epoch:  # A healed chain is looked at anew.
            self._epoch, self._at_once, self._visits = self._ledger.standing().epoch, 0, 0
            self._heads.clear()
        head, _ = await self._outbox.head()
        self._heads.append((self._clock.mono_ms(), head))
        wants = [*self._kept, *await self._idle(head), *await self._left(head)]
        waited_for = {want.account for want in self._keeps()}
        self._kept = [want for want in wants if want.account in waited_for]
        free = [want for want in wants if want.account not in waited_for]
        for place in range(0, len(free), _WANTS_MAX):
            await self._book(tuple(free[place : place + _WANTS_MAX]))

    async def _book(self, wants: tuple[Want, ...]) -> None:
        command = BookRightsBack(id=EntryId(self._ids.new()), at=self._occasion(), wants=wants)
        with suppress(Refused):  # Spent meanwhile.
            await self._committer.submit(command)

    async def _idle(self, head: int) -> list[Want]:
        upto = min(head, self._at_once + _SPAN)
        touched = await self._ledger.touched(self._at_once, upto)
        self._at_once = upto
        return _of([one for one in touched if not (one.home or one.began_here)], _AT_ONCE)

    async def _left(self, head: int) -> list[Want]:
        """Of visitors: home keeps."""
        since = self._clock.mono_ms() - self._visit_ms
        upto = self._visits
        while self._heads and self._heads[0][0] <= since:
            upto = max(upto, self._heads.popleft()[1])
        upto = min(head, upto, self._visits + _SPAN)
        touched = await self._ledger.touched(self._visits, upto)
        self._visits = upto
        return _of([one for one in touched if not one.home], _AFTER_VISIT)


def _of(touched: Sequence[Touched], heads: frozenset[str]) -> list[Want]:
    return [one.held for one in touched if named(one.held.account).unit.partition(":")[0] in heads]
