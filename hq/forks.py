"""Whether what a site sends continues what is held here; what is done where not, and after a restore."""

from __future__ import annotations

from msgspec.structs import replace

from hq.merging import merge_waiting, retell
from hq.people import told_what_is_lost
from hq.ports import ExceptionKind, SiteRow, Turn
from hq.refusal import RequestRefused
from hq.rights import settle
from hq.work import Work
from terminal.core.entry import GENESIS
from terminal.core.wire.forms import EPOCH_MAX
from terminal.core.wire.journal import BATCH_MAX, PUSH_BYTES_MAX, Fork, Pull, Pulled, Push
from terminal.core.wire.problem import ProblemCode

_TURNS, _TURN_MS = 4, 600_000
"""So many forks, each so soon after the one before, are no accident: a disk that is put back heals once."""


async def fits(turn: Turn, site: SiteRow, push: Push, hashes: list[bytes]) -> bool:
    """Whether the site's chain is ours, or ours and more.

    One hash tells: where the last entry that both hold has the same, so has each before it.
    """
    if push.head_seq < site.acked:
        return False
    if push.head_seq == site.acked and push.head_hash != site.head.hex():
        return False
    last = min(push.start + len(hashes), site.acked)
    theirs = hashes[last - push.start - 1] if last > push.start else bytes.fromhex(push.before)
    if last == site.acked:
        return theirs == site.head
    return theirs == GENESIS if last == 0 else [theirs] == list(await turn.hashes(last, last))


async def forked(work: Work, site: SiteRow, push: Push) -> Fork:
    """The epoch under which the site must heal; one exception for each.

    Raises:
        RequestRefused: there is none that both sides could say.
    """
    epoch = max(site.epoch, push.epoch) + 1
    if epoch > EPOCH_MAX:
        raise RequestRefused(ProblemCode.MALFORMED, "no epoch follows that of this chain")
    why = f"headquarters holds {site.acked}, the site says {push.head_seq} in epoch {push.epoch}"
    await work.turn.open_exception(ExceptionKind.FORK, str(epoch), why, work.now_ms)
    forks = site.forks + 1 if work.now_ms - site.forked_ms < _TURN_MS else 1
    if forks == _TURNS:
        why = (
            f"{forks} forks, each within 10 minutes of the one before: its disk is put back again and again, "
            "or two disks with one machine's name take turns. Decide which goes on, by enrolling it anew"
        )
        now_ms = work.now_ms
        await work.turn.open_exception(ExceptionKind.CLONE, site.instance, why, now_ms, since_ms=now_ms)
    await work.turn.save(replace(site, epoch=epoch, forks=forks, forked_ms=work.now_ms))
    return Fork(hq_epoch=work.hq_epoch, epoch=epoch)


async def shrunk(work: Work, before: SiteRow, push: Push) -> None:
    """The chains agree, and the site once said that it had more: nobody holds that any longer."""
    if push.epoch == before.epoch and push.head_seq < before.said:
        subject = f"{before.epoch}:{before.said}"
        why = f"it had {before.said} entries and says {push.head_seq}: what follows is lost"
        await work.turn.open_exception(ExceptionKind.LOST, subject, why, work.now_ms)
        await told_what_is_lost(work)


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
        await work.finish()
    await retell(work)
    await merge_waiting(work)
