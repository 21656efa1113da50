"""What lies in quarantine is read once more, as after an upgrade: what can be read now counts, once.

Each in a transaction of its own, in the order of the chain: one that fails again holds up none of the others.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from msgspec.structs import replace

from hq.batches import once
from hq.decisions import NotDecided, signed
from hq.exchange import Exchange
from hq.ingest import beyond, understand
from hq.late import settled
from hq.poison import OF_WHAT_IT_SAYS
from hq.ports import BeyondCounting, Cause, ExceptionKind, SiteRow
from hq.reading import read
from hq.sets_ports import Act
from hq.taken import COUNTED_MAX, Taken
from hq.work import Work
from terminal.core.values import SiteId, Value
from terminal.core.wire.sets import SetName

log = logging.getLogger(__name__)


class Reread(Value, frozen=True, kw_only=True):
    """Of one site."""

    read: tuple[int, ...] = ()
    """Seqs that count from now on."""
    lying: tuple[tuple[int, str], ...] = ()
    """Seq and why, of those that were tried in vain."""


async def read_again(
    exchange: Exchange, merchant: str, site: SiteId, *, by: str, seqs: Collection[int] = ()
) -> Reread:
    """All that nobody has decided on; or those `seqs`, also where somebody has.

    Raises:
        NotDecided: nobody signs, or no such site.
    """
    signed(by)
    done: list[int] = []
    lying: list[tuple[int, str]] = []
    for seq in await _chosen(exchange, merchant, site, seqs):
        try:
            why = await _one(exchange, merchant, site, seq, by)
        except BeyondCounting:
            why = f"brings an account or a lot beyond {COUNTED_MAX}"
        except OF_WHAT_IT_SAYS as fault:
            log.exception("a defect, in an entry that is read again")
            why = f"headquarters failed on it: {type(fault).__name__}"
        if why is None:
            done.append(seq)
        elif why:
            lying.append((seq, why))
    return Reread(read=tuple(done), lying=tuple(lying))


async def _chosen(exchange: Exchange, merchant: str, site: SiteId, seqs: Collection[int]) -> list[int]:
    async with exchange.work(merchant, site) as work:
        if await work.turn.peek() is None:
            raise NotDecided("no such site")
        found = sorted(map(int, await work.turn.subjects(ExceptionKind.QUARANTINE)))
        if seqs:
            return [seq for seq in found if seq in seqs]
        noted = {seq: await work.turn.noted(_cause(site, seq)) for seq in found}
    return [seq for seq, one in noted.items() if one is not None and one.decision is None]


def _cause(site: SiteId, seq: int) -> Cause:
    return Cause(kind=ExceptionKind.QUARANTINE, site=site, subject=str(seq))


async def _one(exchange: Exchange, merchant: str, site: SiteId, seq: int, by: str) -> str | None:
    """None: it counts now; else why not. Empty: it does not lie there any more."""
    async with exchange.work(merchant, site, alone=True, hold=True) as work:
        row, noted = await work.turn.site(), await work.turn.noted(_cause(site, seq))
        if row is None or noted is None:
            return ""
        one = await _judged(work, row, seq)
        if one.fault:
            await work.turn.open_exception(
                ExceptionKind.QUARANTINE, str(seq), one.fault, work.now_ms, since_ms=0
            )
            return one.fault
        await _counts(work, row, one)
        what = f"entry {seq} of {site} was read again; it lay in quarantine: {noted.why}"
        await work.turn.act(Act(at_ms=work.now_ms, who=by, what=what))
    return None


async def _judged(work: Work, row: SiteRow, seq: int) -> Taken:
    [stored], [body] = await work.turn.hashes(seq, seq), await work.turn.bodies(seq - 1, 1)
    one = read(work.turn.name, row.epoch, seq, stored, body)
    if one.fault:
        return one
    [one] = once([one], await work.turn.claim([one]))
    return replace(one, fault=(await beyond(work, [one])).get(seq, one.fault))


async def _counts(work: Work, row: SiteRow, one: Taken) -> None:
    """As in a PUSH; of a site that was written off as what is brought of it."""
    dead = bool(row.written_off_ms)
    if dead:
        work.deaf = work.turn.name
    await work.turn.post_again(one, work.now_ms)
    await understand(work, [one], late=dead)
    if dead:
        await work.finish()
        await settled(work, [one])
    met = {name.split(":", 2)[1] for name, _ in one.values if name.startswith("wallet:")}
    if met:  # Its seq was looked through already for whom the site met.
        await work.turn.note_changes(SetName.MEMBERS, met, work.turn.name)
