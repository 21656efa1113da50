"""What a site that was written off had still to tell: people bring its journal, and it is settled.

What it held went into the pool when it was written off (decision 20). So what it spent comes out of the pool,
what it was paid goes in, by lots, and what the pool does not hold any more stands open until it comes back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from hq.batches import appended
from hq.decisions import NotDecided, must_be_two
from hq.exchange import Exchange
from hq.ingest import lacking, understand
from hq.ports import Cause, Decision, ExceptionKind, SiteRow
from hq.pot import POOL, Pot
from hq.reading import read
from hq.rights import settle
from hq.sets_ports import Act
from hq.taken import Taken
from hq.work import Work, owed_by
from terminal.core.entry import GENESIS
from terminal.core.rights import LotPart
from terminal.core.values import SiteId, Value
from terminal.core.wire.journal import BATCH_MAX, chain_over

_NAMED = 5
"""Accounts that the exception names."""


class Journal(Protocol):
    """A site's own, as its disk or a copy of it holds it."""

    @property
    def site(self) -> str: ...

    @property
    def epoch(self) -> int: ...

    def hash_at(self, seq: int) -> bytes | None:
        """None: it does not reach that far."""
        ...

    def after(self, seq: int, limit: int) -> Sequence[bytes]:
        """Bodies, in order."""
        ...


class TakenIn(Value, frozen=True, kw_only=True):
    entries: int
    quarantined: int
    lacking: dict[str, int]
    """By account, what was spent there and elsewhere too, and nothing covers yet."""
    undone: int
    """Undoings of sales whose right to be undone had gone elsewhere."""


async def take_in(  # noqa: PLR0913  what is brought, and who says so
    exchange: Exchange, merchant: str, site: SiteId, journal: Journal, *, by: str, second: str
) -> TakenIn:
    """All that the journal holds beyond what is held here, in one transaction. Twice is once.

    Raises:
        NotDecided: the site is not written off, the journal is another's or of another history, holds nothing
            new, headquarters is being restored, or both signatures are one person's.
    """
    must_be_two(by, second)
    async with exchange.work(merchant, site, alone=True, hold=True) as work:
        row = await _dead(work, journal)
        work.deaf = site
        first, entries = row.acked + 1, list[Taken]()
        undone = 0
        while bodies := journal.after(row.acked, BATCH_MAX):
            row, new = await _batch(work, row, journal, bodies)
            undone += await _undone_elsewhere(work, new)
            await understand(work, new, late=True)
            await work.finish()
            entries += new
        if not entries:
            raise NotDecided(f"it holds nothing after {row.acked}, which is held here")
        open_still = await settled(work, entries)
        told = TakenIn(
            entries=len(entries),
            quarantined=sum(1 for one in entries if one.fault),
            lacking=open_still,
            undone=undone,
        )
        await _told(work, told, f"{first}-{row.acked}", by=by, second=second)
    return told


async def _dead(work: Work, journal: Journal) -> SiteRow:
    row = await work.turn.site()
    if row is None:
        raise NotDecided("no such site")
    if not row.written_off_ms:
        raise NotDecided("this site is not written off: its machine sends its entries itself")
    if work.idle:
        raise NotDecided("headquarters was restored and waits for its sites: try again when all have called")
    if journal.site != work.turn.name:
        raise NotDecided(f"it is the journal of {journal.site}")
    there = journal.hash_at(row.acked) if row.acked else GENESIS
    if there is None:
        raise NotDecided(f"it ends before {row.acked}, which is held here")
    if there != row.head:
        raise NotDecided(f"its history differs from what is held here, at or before {row.acked}")
    return row


async def _batch(
    work: Work, row: SiteRow, journal: Journal, bodies: Sequence[bytes]
) -> tuple[SiteRow, list[Taken]]:
    hashes = chain_over(row.head, tuple(bodies))
    if journal.hash_at(row.acked + len(bodies)) != hashes[-1]:
        raise NotDecided(f"it is damaged after {row.acked}: its entries do not hash to what it says")
    epoch = max(row.epoch, journal.epoch)
    entries = [
        read(work.turn.name, epoch, row.acked + place, hashes[place - 1], body)
        for place, body in enumerate(bodies, start=1)
    ]
    acked = row.acked + len(bodies)
    row = replace(row, epoch=epoch, acked=acked, head=hashes[-1], said=max(row.said, acked))
    return row, await appended(work, row, entries)


async def _undone_elsewhere(work: Work, entries: Sequence[Taken]) -> int:
    found = 0
    for one in entries:
        sale = await work.turn.sale(one.undoes) if one.undoes and not one.fault else None
        found += sale is not None and sale.holder not in (work.turn.name, POOL)
    return found


async def settled(work: Work, entries: Sequence[Taken]) -> dict[str, int]:
    """What moved there moves in the pool; then all is settled. By account, what is open still."""
    good = [one for one in entries if not one.fault]
    last = {name: one.id or "" for one in good for name, _ in one.values}
    names = {name for name in last if not name.split(":", 2)[2].startswith("debt:")}
    names |= {line.account for one in good for line in one.lots}
    names |= {account for one in good for account, _ in one.uncovered}
    names |= {owed_by(name) for name in last} - {""}
    late = await work.turn.came_late(work.turn.name, names)
    pots = await work.open(names)
    amounts, lots = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for name, amount in late.amounts.items():
        amounts[work.root(name)] += amount
    for name, lot, amount in late.lots:
        lots[work.root(name)][lot] += amount
    entry = {work.root(name): one for name, one in last.items()}
    for pot in pots:
        await _moved(work, pot, amounts[pot.account], lots[pot.account], entry.get(pot.account, ""))
    await settle(work, pots)
    ids = {one.id for one in good}
    still = {
        pot.account: sum(one.rest for one in pot.overdrafts.values() if one.site == POOL and one.id in ids)
        for pot in pots
    }
    await work.finish()
    return {account: rest for account, rest in still.items() if rest}


async def _moved(work: Work, pot: Pot, amount: int, lots: Counter[str], entry: str) -> None:
    """First what came: what went may have gone out of it."""
    unit = pot.account.split(":", 2)[2]
    terms = await work.turn.terms({(unit, lot) for lot, part in lots.items() if part > 0})
    came = {lot: LotPart(terms=terms[unit, lot], amount=part) for lot, part in lots.items() if part > 0}
    went = [(lot, -part) for lot, part in sorted(lots.items()) if part < 0]
    beside = amount - sum(lots.values())
    pot.put(sum(part.amount for part in came.values()) + max(beside, 0), came)
    lacking(work, pot, entry, sum(part for _, part in went) + max(-beside, 0), went)


async def _told(work: Work, told: TakenIn, seqs: str, *, by: str, second: str) -> None:
    turn = work.turn
    decision = Decision(words=f"its entries {seqs} were taken in", by=by, second=second)
    for subject in await turn.subjects(ExceptionKind.RETURNED):
        cause = Cause(kind=ExceptionKind.RETURNED, site=turn.name, subject=subject)
        await turn.close_exception(cause, decision, work.now_ms)
    await turn.open_exception(ExceptionKind.LATE, seqs, _words(told), work.now_ms)
    await turn.act(Act(at_ms=work.now_ms, who=f"{by}, {second}", what=f"entries {seqs} of {turn.name}"))


def _words(told: TakenIn) -> str:
    parts = [f"{told.entries} entries, settled against what was written off"]
    if told.lacking:
        some = [f"{rest} of {account}" for account, rest in sorted(told.lacking.items())]
        more = f" and {len(some) - _NAMED} more" if len(some) > _NAMED else ""
        parts.append(
            f"spent there and elsewhere too, and covered by what comes next: {', '.join(some[:_NAMED])}{more}"
        )
    if told.undone:
        parts.append(f"{told.undone} times a sale was undone there that may be undone elsewhere")
    if told.quarantined:
        parts.append(f"{told.quarantined} of them are in quarantine")
    return "; ".join(parts)
