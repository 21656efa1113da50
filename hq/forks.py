"""Whether what a site sends continues what is held here; what is done where not, and after a restore."""

from __future__ import annotations

from msgspec.structs import replace

from hq.merging import merge_waiting, retell
from hq.ports import ExceptionKind, SiteRow, Turn
from hq.rights import settle, withdraw
from hq.work import Work
from terminal.core.entry import GENESIS
from terminal.core.wire.journal import BATCH_MAX, PUSH_BYTES_MAX, Fork, Pull, Pulled, Push


async def fits(turn: Turn, site: SiteRow, push: Push, hashes: list[bytes]) -> bool:
    """Whether the site's chain is ours, or ours and more."""
    if push.head_seq < site.acked:
        return False
    if push.head_seq == site.acked and push.head_hash != site.head.hex():
        return False
    theirs = [bytes.fromhex(push.before), *hashes][: site.acked - push.start + 1]
    if push.start == site.acked:  # The usual batch: it begins at our head.
        return theirs == [site.head]
    first = max(push.start, 1)  # Before the first entry lies the hash that everybody knows.
    ours = await turn.hashes(first, push.start + len(theirs) - 1)
    if push.start == 0:
        ours = [GENESIS, *ours]
    return list(ours) == theirs


async def forked(work: Work, site: SiteRow, push: Push) -> Fork:
    """The epoch under which the site must heal; one exception for each."""
    epoch = max(site.epoch, push.epoch) + 1
    why = f"headquarters holds {site.acked}, the site says {push.head_seq} in epoch {push.epoch}"
    await work.turn.open_exception(ExceptionKind.FORK, str(epoch), why, work.now_ms)
    await work.turn.save(replace(site, epoch=epoch))
    return Fork(hq_epoch=work.hq_epoch, epoch=epoch)


async def pulled(turn: Turn, site: SiteRow, pull: Pull, hq_epoch: int) -> Pulled:
    """As many as one answer holds; a single larger one still travels, alone."""
    bodies: list[bytes] = []
    size = 0
    for body in await turn.bodies(pull.after, BATCH_MAX):
        size += len(body)
        if bodies and size > PUSH_BYTES_MAX:
            break
        bodies.append(body)
    return Pulled(
        hq_epoch=hq_epoch,
        epoch=site.epoch,
        after=pull.after,
        bodies=tuple(bodies),
        acked=site.acked,
        head=site.head.hex(),
    )


async def confirmed(work: Work, site: SiteRow) -> SiteRow:
    """All that this site ever acknowledged is in these books again: its feed begins anew with what it lacks.

    The last one ends the quarantine of its merchant. Only in a turn that is alone.
    """
    site = replace(site, confirmed=work.hq_epoch)
    await work.turn.save(site)
    await work.turn.renumber(work.hq_epoch)
    await heal(work)
    return site


async def heal(work: Work) -> None:
    """Once every site has confirmed or is written off: what had to wait is done."""
    work.standing = await work.turn.standing(work.hq_epoch)
    if work.idle:
        return
    await work.finish()
    accounts = {*await work.turn.outstanding(), *await work.turn.ending()}
    if accounts:
        pots = await work.open(accounts)
        await settle(work, pots)
        for pot in pots:
            withdraw(pot)
        await work.finish()
    await retell(work)
    await merge_waiting(work)
