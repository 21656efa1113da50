"""What must be true of what is had only so often, and of coupons that end, once the fleet is at rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from lab.fleet.days import entries_of
from terminal.core.accounts import (
    EVER,
    HAD,
    REST_OF,
    REWARDED,
    REWARDED_AS,
    had,
    had_elsewhere,
    had_told,
)
from terminal.core.cart import VOUCHER
from terminal.core.values import SiteId, WalletId

if TYPE_CHECKING:
    from lab.fleet.world import World

_OWED = f"debt:{VOUCHER}"


def counted(world: World) -> Iterator[str]:
    yield from _within(world)
    yield from _told(world)
    yield from _owed(world)
    yield from _over(world)


def _within(world: World) -> Iterator[str]:
    """Decision 38: nothing is had beyond what its site knew to be left; a campaign's coupons once."""
    for site in sorted(world.office.books.sites):
        known = Counter[str]()
        for entry in entries_of(world, site):
            for name, amount in entry.postings:
                known[name] += amount
            if entry.again or not entry.hads:
                continue
            payload = json.loads(entry.body)["payload"]
            for what, period, most in _had_in(payload):
                of = _named_in(entry.postings, site, period, what) or WalletId(payload["wallet"])
                there = _least(world, site, known, (of, period, what))
                if there > most:
                    yield f"had: {entry.id} of {site} takes {what} of {period} to {there} of {most}"


def _least(world: World, site: SiteId, known: Counter[str], of: tuple[WalletId, str, str]) -> int:
    """What it knew at least: of their other wallets what came back; nobody says since when they are one."""
    named, *rest = of
    wallet = named.split(".g")[0]
    wallets = world.office.books.wallets
    root = wallets[wallet].root if wallet in wallets else wallet
    found = 0
    for other in sorted({named, *(one for one, row in wallets.items() if row.root == root)}):
        names = (account(site, WalletId(other), *rest).name for account in (had, had_elsewhere))
        there = sum(known[name] for name in names)
        found += there if other == named else min(0, there)
    return found


def _named_in(postings: Iterable[tuple[str, int]], site: SiteId, period: str, what: str) -> WalletId | None:
    """Under what name it is counted: another since the wallet was given to another person."""
    counted = (_counted_by(name, site) for name, _ in postings)
    return next((one[0] for one in counted if one is not None and one[1:] == (period, what)), None)


def _had_in(payload: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    for one in payload.get("had", ()):
        yield one["what"], one["period"], one["most"]
    if claim := payload.get("claim"):
        yield f"claim.{claim['code']}", "ever", 1


def _told(world: World) -> Iterator[str]:
    """I9: each site knows what was had at all others, and what was given there for whom somebody brought.

    And what was had of which no disk knows any more: an older one was put in, here and at headquarters.
    """
    books = world.office.books
    for (account, by), row in sorted(books.balances.items()):
        of = _counted_by(account, by)
        if of is None:
            continue
        for site, known in sorted(books.sites.items()):
            if site == by or known.written_off_ms:
                continue
            told = books.balances.get((had_told(site, *of, by).name, site))
            heard = told.balance if told else 0
            if heard != row.balance and not world.wiped:
                yield f"I9: {site} has heard of {heard} of {account}, there are {row.balance}"


def _owed(world: World) -> Iterator[str]:
    """Decision 71: of a voucher no more is owed than it paid, wherever it was used; its rest had ended."""
    books = world.office.books
    owed, ended = Counter[str](), Counter[str]()
    for (account, by), row in books.balances.items():
        of = _counted_by(account, by)
        if of is not None and of[1] == EVER and of[2].startswith(REST_OF):
            ended[VOUCHER + of[2].removeprefix(REST_OF)] += row.balance
        unit = account.split(":", 2)[2]
        if unit.startswith(_OWED) and not books.sites[by].written_off_ms:
            owed[unit.removeprefix("debt:")] -= row.balance
    # Nothing of what a disk alone knew that is lost, here and in headquarters' copy.
    laid = Counter({unit: terms.laid for (unit, _), terms in books.lot_terms.items() if unit in owed})
    for unit, fen in sorted(owed.items()):
        if fen > max(0, laid[unit] - ended[unit]) and not world.wiped:
            yield f"owed: {fen} of {unit}, of whose {laid[unit]} ended {ended[unit]}"


def _counted_by(account: str, site: SiteId) -> tuple[WalletId, str, str] | None:
    """Whose, of which period and what; None: it is not told."""
    owner, of, unit = account.split(":", 2)
    head, *rest = unit.split(":")
    if (owner, of) != ("site", site):
        return None
    if head == HAD:
        wallet, period, what = rest
        return WalletId(wallet), period, what
    if head == REWARDED:
        period, wallet = rest
        return WalletId(wallet), period, REWARDED_AS
    return None


def _over(world: World) -> Iterator[str]:
    """Decision 39: a coupon whose last day has passed pays nothing, wherever it lies."""
    for site in sorted(world.office.books.sites):
        for entry in entries_of(world, site):
            if entry.kind == "sale" and not entry.again and b'"coupons_used"' in entry.body:
                used = set(json.loads(entry.body)["payload"]["coupons_used"]) & world.town.over.keys()
                if used:
                    yield f"coupon: {entry.id} of {site} uses {min(used)}, which is over"
