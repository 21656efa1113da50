"""Two disks with one machine's name take turns: people say which of the two goes on.

They hold the same keys, so nothing on the way tells one from the other. Whoever stands before the one that
goes on types a new code there, and has a new certificate; the old one, which both had, lets nobody in then.
"""

from __future__ import annotations

from msgspec.structs import replace

from hq.decisions import NotDecided, signed
from hq.door import Door
from hq.exchange import Exchange
from hq.ports import Cause, Decision, ExceptionKind
from hq.sets_ports import Act
from terminal.core.values import SiteId
from terminal.runtime.authority import Identity

_WORDS = "the disk that enrols anew goes on, the other one is shut out"


async def one_goes_on(  # noqa: PLR0913  what is decided, and who says so
    exchange: Exchange, door: Door, merchant: str, site: SiteId, *, by: str, saw: str | None = None
) -> str:
    """The code to be typed where the site goes on. Shuts out every machine that is its terminal now.

    `saw`: what whoever decides was shown of it (`ports.seen_as`); None: a command, which was shown nothing.

    Raises:
        NotDecided: no such exception is open, it grew or was decided meanwhile, or nobody signs.
    """
    signed(by)
    async with exchange.work(merchant, site) as work:
        row = await work.turn.peek()
    terminal = await door.store.terminal_of(merchant, site, row.instance) if row is not None else None
    if row is None or terminal is None:
        raise NotDecided("no machine of that site was let in")
    named = Identity(merchant=merchant, site=site, terminal=terminal)
    code = await door.code_for(named)
    async with exchange.work(merchant, site, alone=True, hold=True) as work:
        cause = Cause(kind=ExceptionKind.CLONE, site=site, subject=row.instance)
        noted, now = await work.turn.noted(cause), await work.turn.site()
        if noted is None or now is None or noted.decision is not None or saw not in {None, noted.seen}:
            raise NotDecided("no disks of that site take turns, or it stands otherwise by now: look again")
        await work.turn.close_exception(cause, Decision(words=_WORDS, by=by), work.now_ms)
        await work.turn.save(replace(now, nonce="", forks=0))
        what = f"machines that are terminal {terminal} of {site} are shut out but for one that enrols anew"
        await work.turn.act(Act(at_ms=work.now_ms, who=by, what=what))
    await door.store.revoke(named, exchange.clock.wall_ms(), f"two disks took turns ({by})")
    return code
