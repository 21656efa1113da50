"""Whether the machine that asks is the one that speaks for its site."""

from __future__ import annotations

from hq.ports import SiteRow, Turn
from hq.refusal import RequestRefused
from terminal.core.wire.forms import FromSite
from terminal.core.wire.problem import ProblemCode


async def known(turn: Turn, request: FromSite) -> SiteRow:
    site = await turn.peek()
    must_be(site, request.instance)
    assert site is not None  # noqa: S101  it was refused
    return site


def must_be(site: SiteRow | None, instance: str) -> None:
    if (why := refused(site, instance)) is not None:
        raise why


def refused(site: SiteRow | None, instance: str) -> RequestRefused | None:
    if site is None or site.instance != instance or site.written_off_ms:
        return refusal(site)
    return None


def refusal(site: SiteRow | None) -> RequestRefused:
    if site is None:
        return RequestRefused(ProblemCode.NOT_FOUND, "this site never said HELLO")
    if site.written_off_ms:
        return RequestRefused(ProblemCode.INSTANCE, "this site was written off; a person must decide")
    return RequestRefused(ProblemCode.INSTANCE, "another machine speaks for this site; a person must decide")
