"""The hq_epoch in force, what holds for as long as it is, and how headquarters begins the next by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hq.marks import Marks, Told, last_of
from hq.ports import ExceptionKind, Standing, Store, Turn
from terminal.core.values import INTEGER_MAX, SiteId


class EpochsUsedUp(Exception):
    """A site was told of an epoch that no number follows."""


class Epochs:
    """Of this process; others over the same database learn of a new one at their next transaction."""

    def __init__(self, hq_epoch: int, keep: Callable[[int], None]) -> None:
        """`keep`: where it is not put back with the database; called before anybody hears of a new one."""
        self.now = hq_epoch
        self._keep = keep
        self.standing: dict[str, Standing] = {}
        """Of merchants that are past their quarantine, which does not come back under this epoch."""
        self.confirmed: set[tuple[str, SiteId]] = set()
        self.acked: dict[tuple[str, SiteId], int] = {}
        """What was acknowledged last: what comes again is compared, and not read. No more than a guess."""

    def begin(self, hq_epoch: int) -> None:
        """What is under way goes on; nothing that is begun from here on believes what held before."""
        if hq_epoch <= self.now:
            return
        self._keep(hq_epoch)
        self.now = hq_epoch
        self.standing, self.confirmed, self.acked = {}, set(), {}

    async def stands(self, turn: Turn) -> Standing:
        known = self.standing.get(turn.merchant)
        if known is None:
            known = await turn.standing(self.now)
            if not known.restoring and known.sites > 1:
                self.standing[turn.merchant] = known
        return known


async def proven(turn: Turn, hq_epoch: int, marks: Marks, shown: Sequence[str]) -> int:
    """The epoch that must begin, because this site was told what these books do not hold; 0: none."""
    told = [one for mark in shown if (one := marks.read(turn.merchant, turn.name, mark)) is not None]
    last = max((one.hq_epoch for one in told), default=0)
    if last < hq_epoch or not (last > hq_epoch or await _lacks(turn, hq_epoch, told)):
        return 0
    if last >= INTEGER_MAX:
        raise EpochsUsedUp
    return last + 1


async def _lacks(turn: Turn, hq_epoch: int, told: Sequence[Told]) -> bool:
    here = [one for one in told if one.hq_epoch == hq_epoch]
    row = await turn.peek()
    acked, edits = (row.acked, row.edits) if row else (0, 0)
    if max(one.acked for one in here) > acked or max(one.edits for one in here) > edits:
        return True
    fed, last = max((one.fed, one.last) for one in here)
    if not fed:
        return False
    if fed > (await turn.fed(hq_epoch, [turn.name])).get(turn.name, 0):
        return True
    # Of a site that was written off it may have been taken back: then it stands nowhere.
    return any(
        item.m == fed and last_of(item.id) != last for item in await turn.feed_after(hq_epoch, fed - 1, 1)
    )


async def begin_everywhere(store: Store, hq_epoch: int, merchant: str, site: SiteId, now_ms: int) -> None:
    """The database is all merchants' and so is the copy: each of them is told once, and its people too.

    Alone among the transactions of each: whoever comes after sees it, in whatever process.
    """
    for one in sorted({merchant, *await store.merchants_known()}):
        async with store.turn(one, SiteId(""), alone=True) as turn:
            if turn.raised >= hq_epoch:
                continue
            await turn.raise_to(hq_epoch)
            who = f"site {site} was told" if one == merchant else "a site of another merchant was told"
            why = f"these books came back from an older copy: {who} what they do not hold"
            await turn.open_exception(ExceptionKind.COPY, str(hq_epoch), why, now_ms)
