"""What must be true of companies' cards, and of what counts towards a tier, once the fleet is at rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hq.ports import Total
from hq.taken import Taken
from lab.fleet.machine import MERCHANT
from lab.fleet.town import DAY_LIMITS
from terminal.core.accounts import DAY_MEASURES, TIER_UNIT, USED, elsewhere, used
from terminal.core.fleet import DayLimits
from terminal.core.values import SiteId

if TYPE_CHECKING:
    from lab.fleet.world import World


async def days_and_tiers(world: World) -> list[str]:
    totals = await world.office.store.totals(MERCHANT)
    return [*_within(world), *_told(world), *_counted(world, totals)]


def _within(world: World) -> Iterator[str]:
    """No use goes beyond what its site knew to be left: so all uses never beyond the limit x sites."""
    for site in sorted(world.office.books.sites):
        known = Counter[str]()
        for entry in entries_of(world, site):
            for name, amount in entry.postings:
                known[name] += amount
            if entry.again or b'"fleet":{' not in entry.body:
                continue
            body = json.loads(entry.body)
            for tender in body["payload"]["tenders"]:
                if over := _over(site, known, body["at"]["business_day"], tender):
                    yield f"limit: {entry.id} of {site} takes the day to {over}"


def entries_of(world: World, site: SiteId) -> list[Taken]:
    rows = world.office.books.entries.items()
    return [entry for (where, _), entry in sorted(rows) if where == site and not entry.fault]


def _over(site: SiteId, known: Counter[str], day: str, tender: dict[str, Any]) -> str:
    limits: DayLimits = DAY_LIMITS
    company, card = tender["of"], tender["fleet"]["card"]
    each = (
        ("fen", card, limits.card_fen),
        ("litres", card, limits.card_litres),
        ("fen", "", limits.company_fen),
        ("litres", "", limits.company_litres),
    )
    for measure, of, most in each:
        names = (one(site, measure, day, company, of).name for one in (used, elsewhere))
        if most is not None and (there := sum(known[name] for name in names)) > most:
            return f"{there} {measure} of {company} {of}, {most} at most"
    return ""


def _told(world: World) -> Iterator[str]:
    """I9: each site knows what all others used.

    And what somebody used of whom no disk knows any more: an older one was put in, here and at headquarters.
    """
    books = world.office.books
    uses = {account: row.balance for (account, site), row in books.balances.items() if _is_use(account, site)}
    for site in sorted(books.sites):
        if books.sites[site].written_off_ms:
            continue
        others = Counter[str]()
        for account, balance in uses.items():
            _, of, unit = account.split(":", 2)
            if of != site:
                _, measure, *rest = unit.split(":")
                others[elsewhere(site, measure, *rest).name] += max(0, balance)
        for account, balance in others.items():
            row = books.balances.get((account, site))
            heard = row.balance if row else 0
            if heard < balance or (heard > balance and not world.wiped):
                yield f"I9: {site} has heard of {heard} of {account}, others used {balance}"


def _is_use(account: str, site: SiteId) -> bool:
    return any(account.startswith(f"site:{site}:{USED}:{measure}:") for measure in DAY_MEASURES)


def _counted(world: World, totals: Sequence[Total]) -> Iterator[str]:
    """What counts for a member is what they paid and did not get back, wherever it was, whoever they are now.

    In full of sales of which nothing came back; of one that came back in part no more than it was.
    """
    if world.damaged or world.dead:  # A refund may stand on two branches; people see it.
        return
    least, most = _paid(world)
    books = world.office.books
    counts = Counter(
        {one.account.split(":", 2)[1]: one.facts for one in totals if _ends(one.account, TIER_UNIT)}
    )
    for (account, _), row in books.balances.items():
        if _ends(account, f"debt:{TIER_UNIT}"):
            counts[books.root(account).split(":", 2)[1]] += row.balance - row.moved
    for root in sorted(set(most) | set(counts)):
        if not least[root] <= counts[root] <= most[root]:
            yield f"tier: {counts[root]} count for {root}, of {least[root]} to {most[root]} that were paid"


def _ends(account: str, unit: str) -> bool:
    return account.split(":", 2)[2] == unit


def _paid(world: World) -> tuple[Counter[str], Counter[str]]:
    """By who somebody is now, at least and at most."""
    books = world.office.books
    entries = [entry for site in sorted(books.sites) for entry in entries_of(world, site)]
    back = Counter[str]()
    for entry in entries:
        if entry.kind == "refund":
            payload = json.loads(entry.body)["payload"]
            back[payload["of"]] += sum(one["net"] for one in payload["returned"])
    least, most = Counter[str](), Counter[str]()
    for entry in entries:
        if entry.kind == "sale" and b'"family":"tier"' in entry.body:
            payload = json.loads(entry.body)["payload"]
            root, due, came = books.wallets[payload["wallet"]].root, payload["due"], back[payload["id"]]
            least[root] += 0 if came else due
            most[root] += 0 if came >= due else due
    return least, most
