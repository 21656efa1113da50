"""A batch of entries: whether it is what it says, and which of its entries are new to headquarters."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from hq.ingest import beyond
from hq.ports import Claim, SiteRow
from hq.refusal import RequestRefused
from hq.taken import Taken
from hq.work import Work
from terminal.core.wire.journal import Push, chain_over
from terminal.core.wire.problem import ProblemCode


def checked(push: Push) -> list[bytes]:
    """The hash after each body; refuses what contradicts itself before any row is locked."""
    hashes = chain_over(bytes.fromhex(push.before), push.bodies)
    after = hashes[-1].hex() if hashes else push.before
    end = push.start + len(push.bodies)
    if after != push.after:
        raise RequestRefused(ProblemCode.SPOILT, f"the bodies after {push.start} do not hash to `after`")
    if push.head_seq < end or (push.head_seq == end and push.head_hash != after):
        raise RequestRefused(
            ProblemCode.MALFORMED, f"`head` {push.head_seq} contradicts the batch up to {end}"
        )
    return hashes


async def appended(work: Work, site: SiteRow, new: list[Taken]) -> list[Taken]:
    """What of them is taken, and how: nearly always all, as it was read, by one statement."""
    turn = work.turn
    before: Mapping[int, Claim] = {}
    claimed = any(one.fault or one.moves for one in new)
    if claimed:
        before = await turn.claim([one for one in new if one.id])
    elif not (before := await turn.extend(site, new, work.now_ms, claimed=False)):
        return new
    new = once(new, before)
    beyond_rights = await beyond(work, new)
    new = [replace(one, fault=beyond_rights.get(one.seq, one.fault)) for one in new]
    await turn.extend(site, new, work.now_ms, claimed=True)
    return new


def once(entries: list[Taken], claimed_before: Mapping[int, Claim]) -> list[Taken]:
    """One id is one effect: an entry whose id was taken before is kept, and posts nothing."""
    return [
        replace(entry, fault=_repeats(entry, claimed_before[entry.seq]))
        if entry.seq in claimed_before
        else entry
        for entry in entries
    ]


def _repeats(entry: Taken, first: Claim) -> str:
    what = "the same" if entry.command == first.command else "another"
    return f"its id was booked before with {what} command: {first.site} {first.seq}"
