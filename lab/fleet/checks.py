"""What must be true of the fleet, while it runs and once it has come to rest: invariants I1 to I11."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from hq.conservation import astray
from hq.ports import ExceptionKind
from lab.fleet.machine import MERCHANT, Machine
from lab.fleet.people import FLOOR
from terminal.core.entry import GENESIS, chained
from terminal.core.errors import LedgerDamaged
from terminal.store.verify import verified

if TYPE_CHECKING:
    from lab.fleet.world import World

_SHOWN = 3


async def always(world: World) -> str:
    """Safety: at any moment. Empty: all is well."""
    found = [
        *world.faults,
        *(f"I8: {number} is the number of two transactions" for number in world.town.doubled),
        *(f"I4: {wrong}" for wrong in astray(await world.office.store.totals(MERCHANT))),
        *_exceptions(world),
        *_below_floor(world),
    ]
    return found[0] if found else ""


def _exceptions(world: World) -> Iterator[str]:
    for (kind, site, subject), row in world.office.books.exceptions.items():
        if kind == ExceptionKind.NEGATIVE:
            yield f"I5: {site} {subject}: {row.why}"
        if kind == ExceptionKind.FORK and not world.damaged:
            yield f"I10: {site} was called forked, and no disk was ever put back: {row.why}"
        if kind == ExceptionKind.QUARANTINE:
            yield f"I2: entry {subject} of {site} is in quarantine: {row.why}"
        if kind == ExceptionKind.BREACH and not world.damaged:
            yield f"I4: {site} {subject}: {row.why}"


def _below_floor(world: World) -> Iterator[str]:
    """I5: open overdraft of one wallet within F and of one site within S; a redo alone may go beyond.

    Where two wallets turned out to be one, what each had open adds up.
    """
    joined = {one.root for name, one in world.office.books.wallets.items() if one.root != name}
    for machine in world.machines.values():
        if world.damaged or not machine.path.exists():
            continue
        with closing(sqlite3.connect(f"file:{machine.path}?mode=ro", uri=True)) as seen:
            rows = seen.execute(
                "SELECT unit, -balance FROM accounts WHERE owner = ?"
                " AND unit > 'overdraft:' AND unit < 'overdraft;' AND balance < 0",
                (f"site:{machine.site}",),
            ).fetchall()
        open_here = [amount for _, amount in rows]
        of_one = [amount for unit, amount in rows if unit.split(":")[1] not in joined]
        if max(of_one, default=0) > FLOOR.wallet or sum(open_here) > FLOOR.site:
            yield f"I5: {machine.site} has spent {open_here} beyond its rights"


async def at_rest(world: World) -> list[str]:
    """Once the network is well and nothing is under way. Machines are down by then: their files are read."""
    found = list(_at_rest(world))
    first = await always(world)
    return [*([first] if first else []), *found]


def _at_rest(world: World) -> Iterator[str]:
    yield from _told(world)
    for machine in world.machines.values():
        yield from _agrees(world, machine)
    yield from _uncovered(world)
    yield from _payments(world)
    yield from _refunds(world)


def _told(world: World) -> Iterator[str]:
    """I1: what the screen approved is at headquarters, unless a person put an older disk in."""
    claims = world.office.books.claims
    lost = [entry for entry in world.town.told if entry not in claims and entry not in world.wiped]
    for entry in lost[:_SHOWN]:
        site, booked = world.town.told[entry]
        yield f"I1: {type(booked.command).__name__} {booked.seq} of {site} was approved and is nowhere"


def _agrees(world: World, machine: Machine) -> Iterator[str]:
    """I3, I7, I9: one chain on both sides, which verifies, with the same value on each account."""
    books, site = world.office.books, machine.site
    row = books.sites.get(site)
    with closing(sqlite3.connect(f"file:{machine.path}?mode=ro", uri=True)) as seen:
        try:
            verified(seen)
        except LedgerDamaged as fault:
            yield f"I7: {site}: {fault}"
        chain = seen.execute("SELECT seq, body, hash FROM entries ORDER BY seq").fetchall()
        held = dict(
            seen.execute(
                "SELECT owner || ':' || unit, balance FROM accounts"
                " WHERE owner NOT LIKE 'site:%' AND balance <> 0"
            ).fetchall()
        )
        fed = dict(
            seen.execute("SELECT name, value FROM meta WHERE name IN ('hq_epoch', 'fed_epoch', 'fed_m')")
        )
    if row is None or row.acked != len(chain) or (chain and chain[-1][2] != row.head):
        yield f"I9: {site} holds {len(chain)} entries, headquarters {row.acked if row else 0} of that chain"
        return
    before = GENESIS
    for seq, body, kept in chain:
        before = chained(before, body)
        if kept != before or books.entries[site, seq].body != body:
            yield f"I7: {site} entry {seq} is not the same on both sides"
            return
    theirs = {
        account: one.balance
        for (account, where), one in books.balances.items()
        if where == site and one.balance and not account.startswith("site:")
    }
    if theirs != held:
        differ = sorted(set(theirs.items()) ^ set(held.items()))[:_SHOWN]
        yield f"I9: {site} and headquarters differ in {differ}"
    waiting = [key for key, one in books.feed.items() if key[0] == site and one.applied_seq is None]
    if waiting:
        yield f"I9: {site} has not applied {len(waiting)} directives, the first is {waiting[0]} ({fed})"


def _uncovered(world: World) -> Iterator[str]:
    """I6: each spend beyond rights has its exception, and no exception is of anything else."""
    books = world.office.books
    spent = {
        (site, entry.id)
        for (site, _), entry in books.entries.items()
        if not entry.fault and json.loads(entry.body).get("uncovered")
    }
    opened = {(site, subject) for kind, site, subject in books.exceptions if kind == ExceptionKind.UNCOVERED}
    for site, entry in sorted(spent ^ opened, key=str)[:_SHOWN]:
        yield f"I6: {entry} of {site} was {'spent' if (site, entry) in spent else 'excepted'} alone"


def _payments(world: World) -> Iterator[str]:
    """I11: what the provider took is booked, or its intent is still open for all to see."""
    claims, town = world.office.books.claims, world.town
    entries = (json.loads(entry.body) for entry in world.office.books.entries.values())
    intents = {entry["id"]: entry["payload"]["consumed_by"] for entry in entries if entry["kind"] == "intent"}
    for intent, paid in town.paid.items():
        consumer = intents.get(intent)
        if consumer is None:
            if intent not in world.wiped:
                yield f"I11: intent {intent} is nowhere"
        elif not paid and consumer in claims:
            yield f"I11: {intent} was booked and never paid"


def _refunds(world: World) -> Iterator[str]:
    """I2 and I4: no sale is undone above what was sold, wherever its parts came back."""
    back: Counter[str] = Counter()
    due: dict[str, int] = {}
    for entry in world.office.books.entries.values():
        payload = json.loads(entry.body)["payload"]
        if payload["type"] == "sale":
            due[payload["id"]] = payload["due"]
        elif payload["type"] == "refund" and not entry.fault:
            back[payload["of"]] += sum(one["net"] for one in payload["returned"])
    for sale, net in back.items():
        if net > due.get(sale, 0) and not world.damaged:
            yield f"I4: {net} of {due.get(sale, 0)} came back of sale {sale}"
