"""New keys of headquarters: announced to every site under the key before it, then that one is destroyed.

From its announcement on a site believes both. Headquarters signs with the old key until every site that is
not written off has applied the announcement, so that none is left behind for being slow. Who was left behind
all the same must enrol again: a key that was given up, perhaps because it leaked, vouches for nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hq.exchange import Exchange
from hq.keys import announced_in, current_in, made_in, retired_in, switched_in
from terminal.core.directives import Directive, KeyTrusted, KeyUse
from terminal.core.values import SiteId, Value


class Told(Value, frozen=True, kw_only=True):
    """A site that is not written off."""

    merchant: str
    site: SiteId
    told: bool
    """It stands in its feed."""
    applied: bool


class Rotation(Value, frozen=True, kw_only=True):
    """Where the keys of one use stand; `sites` about the last that was said of them."""

    use: KeyUse
    current: str
    """What is signed with now."""
    next: str
    """Announced and not in use yet; empty: none."""
    sites: tuple[Told, ...] = ()


class NotRetired(Exception):
    """The key before must stay a while; `str()` says why."""


async def announce(exchange: Exchange, folder: Path, use: KeyUse) -> Rotation:
    """Makes the next key where there is none, and tells every site that was not told yet.

    Called again it tells those that came since.
    """
    public = made_in(folder, use).hex()
    return await _said(exchange, folder, use, KeyTrusted(use=use, public=public))


async def standing(exchange: Exchange, folder: Path, use: KeyUse) -> Rotation:
    """Nothing changes."""
    last = _last(folder, use)
    sites = await _sites(exchange, last) if last else ()
    return _rotation(folder, use, sites)


async def retire(exchange: Exchange, folder: Path, use: KeyUse, *, anyway: bool = False) -> Rotation:
    """The next key becomes the one that signs, the one before is destroyed, and sites are told of it.

    Called again after it was interrupted, it goes on. `anyway`: also where a site does not know the new one
    yet; that site must enrol again.

    Raises:
        NotRetired: none was announced, or a site has not applied it.
    """
    if announced_in(folder, use):
        behind = [one for one in (await standing(exchange, folder, use)).sites if not one.applied]
        if behind and not anyway:
            names = ", ".join(f"{one.merchant}/{one.site}" for one in behind[:_NAMED_MAX])
            untold = "; say `rotate` again for those that came since" * any(not one.told for one in behind)
            raise NotRetired(f"{len(behind)} sites do not know the new key yet: {names}{untold}")
        switched_in(folder, use)
    before = retired_in(folder, use)
    if not before:
        raise NotRetired("no new key was announced")
    ends = KeyTrusted(use=use, public=current_in(folder, use).hex(), ends=(before.hex(),))
    return await _said(exchange, folder, use, ends)


_NAMED_MAX = 20


def _last(folder: Path, use: KeyUse) -> KeyTrusted | None:
    if public := announced_in(folder, use):
        return KeyTrusted(use=use, public=public.hex())
    if before := retired_in(folder, use):
        return KeyTrusted(use=use, public=current_in(folder, use).hex(), ends=(before.hex(),))
    return None


async def _said(exchange: Exchange, folder: Path, use: KeyUse, directive: KeyTrusted) -> Rotation:
    for merchant in await exchange.store.merchants_known():
        async with exchange.work(merchant, SiteId("")) as work:
            told = await work.turn.directed(directive)
            for site, row in (await work.turn.sites()).items():
                if site not in told and not row.written_off_ms:
                    work.direct(site, directive)
    return _rotation(folder, use, await _sites(exchange, directive))


async def _sites(exchange: Exchange, directive: Directive) -> tuple[Told, ...]:
    found: list[Told] = []
    for merchant in await exchange.store.merchants_known():
        async with exchange.store.turn(merchant, SiteId("")) as turn:
            told = await turn.directed(directive)
            found += [
                Told(merchant=merchant, site=site, told=site in told, applied=told.get(site, False))
                for site, row in (await turn.sites()).items()
                if not row.written_off_ms
            ]
    return tuple(found)


def _rotation(folder: Path, use: KeyUse, sites: Sequence[Told]) -> Rotation:
    return Rotation(
        use=use,
        current=current_in(folder, use).hex(),
        next=announced_in(folder, use).hex(),
        sites=tuple(sites),
    )
