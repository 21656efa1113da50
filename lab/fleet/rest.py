"""What must be true of the fleet once it has come to rest: nothing is lost, and all agree."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import msgspec

from hq.ports import ExceptionKind, HolderRow
from hq.pot import POOL, is_debt
from lab.fleet.checks import always
from lab.fleet.counted import counted
from lab.fleet.days import days_and_tiers, entries_of
from lab.fleet.machine import Machine
from lab.fleet.till import REWARD
from terminal.core.accounts import overdrawn
from terminal.core.canonical import decoded
from terminal.core.commands import ClockTrust
from terminal.core.directives import Grant, Release
from terminal.core.entry import GENESIS, chained, printed_number
from terminal.core.errors import LedgerDamaged
from terminal.core.times import made_ms
from terminal.core.values import EntryId, SiteId
from terminal.core.wire.people import Known, ProfileEdit, profile_about, token_of
from terminal.runtime.box import opened
from terminal.store.answers import entry_id
from terminal.store.verify import verified

if TYPE_CHECKING:
    from lab.fleet.world import World

_SHOWN = 3


async def at_rest(world: World) -> list[str]:
    """Once the network is well and nothing is under way. Machines are down by then: their files are read."""
    found = list(_at_rest(world))
    if await world.restoring():
        found.append("I9: every site has called or is written off, and headquarters still moves nothing")
    first = await always(world)
    return [*([first] if first else []), *found, *await days_and_tiers(world)]


def _at_rest(world: World) -> Iterator[str]:
    yield from _told(world)
    for machine in world.machines.values():
        with closing(sqlite3.connect(f"file:{machine.path}?mode=ro", uri=True)) as seen:
            yield from _agrees(world, machine, seen)
            yield from _same_overdrafts(world, machine, seen)
            yield from _same_people(world, machine, seen)
            yield from _profiles_sent(world, machine, seen)
            yield from _given_away(world, machine, seen)
            yield from _one_holder(world, machine, seen)
    yield from _given_later(world)
    yield from _given_apart(world)
    yield from _in_time(world)
    yield from _papers(world)
    yield from _profiles(world)
    yield from _uncovered(world)
    yield from _withdrawn(world)
    yield from _rewards(world)
    yield from counted(world)
    yield from _breaches(world)
    yield from _payments(world)
    yield from _refunds(world)


def _in_time(world: World) -> Iterator[str]:
    """Section 4: what has an effective time is applied by a clock that is believed, and not before."""
    books = world.office.books
    for (site, seq), entry in books.entries.items():
        place = books.feed_ids.get(entry.id or "") if entry.directive is not None else None
        row = books.feed.get(place) if place is not None else None
        not_before_ms = row.numbered.not_before_ms if row else 0
        if not_before_ms and entry.directive != Release():  # Taken out, and books from before that are back.
            at = decoded(entry.body).at
            if at.clock is ClockTrust.UNKNOWN or at.wall_ms < not_before_ms:
                yield f"clock: {site} applied {seq} by a clock that is {at.clock}, at {at.wall_ms}"


def _papers(world: World) -> Iterator[str]:
    """I8: every number on paper is that of a transaction, unless its disk is gone."""
    gone = world.rolled_back | world.dead
    rolls = {site: roll for site, roll in world.rolls.items() if site not in gone}
    printed = {number for roll in rolls.values() for number, _ in roll.prints}
    known = {
        printed_number(decoded(entry.body), entry.hash)
        for (site, _), entry in world.office.books.entries.items()
        if site in rolls
    }
    for number in sorted(printed - known)[:_SHOWN]:
        yield f"I8: {number} was printed, and no transaction has it"


def _told(world: World) -> Iterator[str]:
    """I1: what the screen approved is at headquarters, unless a person put an older disk in."""
    claims = world.office.books.claims
    lost = [entry for entry in world.town.told if entry not in claims and entry not in world.wiped]
    for entry in lost[:_SHOWN]:
        site, booked = world.town.told[entry]
        yield f"I1: {type(booked.command).__name__} {booked.seq} of {site} was approved and is nowhere"


def _agrees(world: World, machine: Machine, seen: sqlite3.Connection) -> Iterator[str]:
    """I3, I7, I9: one chain on both sides, which verifies, with the same value on each account."""
    books, site = world.office.books, machine.site
    row = books.sites.get(site)
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
    fed = dict(seen.execute("SELECT name, value FROM meta WHERE name IN ('hq_epoch', 'fed_epoch', 'fed_m')"))
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


def _rewards(world: World) -> Iterator[str]:
    """Decision 34: a site that keeps its disk gives no more than the caps, nor takes more back than that."""
    brought, days = Counter[str](), Counter[str]()
    for (account, where), row in world.office.books.balances.items():
        head, _, of = account.split(":", 2)[2].partition(":")
        if head == "rewarded":
            period = of.partition(":")[0]
            is_month = period.count("-") == 1
            days[where] += 0 if is_month else row.balance
            most = REWARD.a_month if is_month else REWARD.a_day
            if not 0 <= row.balance <= most and where not in world.rolled_back | world.cloned:
                yield f"B9: {where} gave {row.balance} of at most {most}: {of}"
        elif head == "brought":
            brought[where] += row.balance
    for site, count in sorted(brought.items()):
        if not 0 <= count <= days[site]:
            yield f"B9: {site} gave {days[site]} in days, and {count} for those who were brought"


def _withdrawn(world: World) -> Iterator[str]:
    """Decision 40: nobody holds what was withdrawn, wherever it came from since."""
    books = world.office.books
    held = [(account, site) for (account, site), row in books.balances.items() if row.balance > 0]
    held += [(account, POOL) for account, row in books.pool.items() if row.balance > 0]
    for account, site in held:
        head, _, coupon = account.split(":", 2)[2].partition(":")
        gone = site != POOL and books.sites[site].written_off_ms
        if head == "coupon" and coupon in books.coupons_ended and not gone:
            yield f"coupon {coupon} was withdrawn, and {site or 'headquarters'} holds it"


def _same_overdrafts(world: World, machine: Machine, seen: sqlite3.Connection) -> Iterator[str]:
    """I4, I9: what a site says is open of its spends beyond rights is what headquarters has not covered."""
    books = world.office.books
    here, there = Counter[str](), Counter[str]()
    for unit, balance in seen.execute(
        "SELECT unit, balance FROM accounts WHERE owner LIKE 'site:%' AND unit LIKE 'overdraft:%'"
    ):
        if balance > 0:
            yield f"I5: more was covered at {machine.site} than was spent: {unit}"
        here[books.root(overdrawn(unit).name)] -= balance
    for one in books.overdrafts.values():
        if one.site == machine.site:
            there[books.root(one.account)] += one.rest
    if differ := {account for account in here | there if here[account] != there[account]}:
        account = min(differ)
        yield f"I9: {here[account]} of {account} is open at {machine.site}, {there[account]} at headquarters"


def _same_people(world: World, machine: Machine, seen: sqlite3.Connection) -> Iterator[str]:
    """I9: every site has each wallet's tier and each card on the hot list as headquarters has them."""
    books = world.office.books
    for wallet, tier in seen.execute("SELECT wallet, tier FROM wallets WHERE into_wallet IS NULL"):
        row = books.wallets.get(wallet)
        if row is not None and tier != books.wallets[row.root].tier:
            theirs = books.wallets[row.root].tier
            yield f"I9: wallet {wallet} is {tier} at {machine.site}, and {theirs} at headquarters"
    hot = dict(seen.execute("SELECT card, state FROM hot"))
    for card, stood in books.hot.items():
        if hot.get(card, "active") != stood.state:
            yield f"I9: card {card} is {hot.get(card)} at {machine.site}, and {stood.state} at headquarters"


def _profiles_sent(world: World, machine: Machine, seen: sqlite3.Connection) -> Iterator[str]:
    """I9: who people are is known to headquarters under its present epoch, though it was restored."""
    for edit, held in seen.execute("SELECT edit, held FROM profile_edits"):
        if held != world.office.hq_epoch or entry_id(edit) not in world.office.books.edits:
            yield f"I9: {machine.site} has not told who stands behind a wallet since epoch {held}"


def _given_away(world: World, machine: Machine, seen: sqlite3.Connection) -> Iterator[str]:
    """Whoever gave a wallet away comes to it by no phone any more, neither there nor anywhere else.

    But who joined a second time, and turned out to be one with it; and of what was given twice nobody knows
    which came last: the clock of one of the two may have been wrong. Who has it now is lost with a shop that
    dies before it said so.
    """
    books, town = world.office.books, world.town
    times = Counter(purse.wallet for purse in town.given.values())
    for entry, purse in town.given.items():
        again = {_root(world, one.wallet) for one in town.purses if one.key == purse.key}
        root = _root(world, purse.wallet)
        if entry not in books.edits or root in again or times[purse.wallet] > 1:
            continue
        token = token_of(town.token_key, purse.key)
        row = seen.execute("SELECT wallet FROM tokens WHERE token = ?", (token,)).fetchone()
        if row is not None and _root(world, row[0]) == root:
            yield f"given: {purse.wallet} was given away, and its former holder has it at {machine.site}"
        known = books.keys.get(token.hex())
        if known is not None and _root(world, known.wallet) == root:
            yield f"given: {purse.wallet} was given away, and its former holder has it at headquarters"


def _one_holder(world: World, machine: Machine, seen: sqlite3.Connection) -> Iterator[str]:
    """Decision 102: of all to whom a wallet was given, by shops apart too, one has it, at every site."""
    books = world.office.books
    for wallet in sorted({purse.wallet for purse in world.town.given.values()}):
        kept = books.has(wallet) if wallet in books.profiles else HolderRow()
        row = seen.execute("SELECT member, into_wallet FROM wallets WHERE wallet = ?", (wallet,)).fetchone()
        if not kept.since or row is None or row[1] is not None:
            continue
        if _root(world, wallet) == wallet and row[0] not in {None, kept.member}:
            yield f"given: {wallet} is {row[0]}'s at {machine.site}, and {kept.member}'s at headquarters"


def _given_later(world: World) -> Iterator[str]:
    """Decision 58: where a wallet is known a transfer comes after all of which the site had heard by then.

    A disk that was put back may have forgotten it.
    """
    books = world.office.books
    for site in sorted(books.sites.keys() - world.rolled_back):
        here, last = set[str](), defaultdict[str, int](int)
        for entry in entries_of(world, site):
            said = json.loads(entry.body)
            payload = said["payload"]
            wallet, given = payload.get("wallet"), payload.get("directive", {})
            if entry.kind == "transfer":
                if (made := made_ms(said["id"])) <= last[wallet]:
                    yield f"given: {site} gave {wallet} away before what it had heard of"
                last[wallet] = max(last[wallet], made)
            elif given.get("type") == "given" and given["wallet"] in here:
                last[given["wallet"]] = max(last[given["wallet"]], given["since"])
            here |= {name.split(":")[1] for name, _ in said["postings"] if name.startswith("wallet:")}


def _given_apart(world: World) -> Iterator[str]:
    """Decision 102: where two shops gave it to two people, unheard of each other, people look at it.

    Read from the chains alone. What headquarters forgot once it may not know to have been apart. Whoever had
    heard to whom it was given later, by the clocks, gave it to nobody. One that was booked again after a fork
    stands behind what came meanwhile: what had been heard before it cannot be read any more.
    """
    books, transfers = world.office.books, defaultdict[str, list[_Transfer]](list)
    again: set[str] = set()
    if world.office.restored:
        return
    for site in sorted(books.sites):
        entries = entries_of(world, site)
        for at, entry in enumerate(entries):
            if entry.kind == "transfer":
                said = json.loads(entry.body)["payload"]
                if entry.again:
                    again.add(said["wallet"])
                    continue
                before = tuple(one.body for one in entries[:at])
                transfers[said["wallet"]].append(_Transfer(site, said["to"], made_ms(said["id"]), before))
    seen = {subject for kind, _, subject in books.exceptions if kind == ExceptionKind.GIVEN_TWICE}
    for wallet, all_of_it in sorted(transfers.items()):
        had = [one for one in all_of_it if all(one.later_than(other) for other in one.heard(all_of_it))]
        if wallet in seen and wallet not in again and not _apart(all_of_it, all_of_it):
            yield f"given: {wallet} was given on by who had heard of it, and people are to look at it"
        if wallet not in seen and _apart(had, all_of_it):
            yield f"given: {wallet} was given to two people by shops apart, and nobody is to look at it"


@dataclass(frozen=True)
class _Transfer:
    site: SiteId
    to: str
    made_ms: int
    before: tuple[bytes, ...]
    """What stood in that chain by then."""

    def later_than(self, other: _Transfer) -> bool:
        return (self.made_ms, self.to) > (other.made_ms, other.to)

    def heard(self, transfers: Sequence[_Transfer]) -> list[_Transfer]:
        """Of those, by whatever word: a directive, a merge, a visitor; and what they had heard of."""
        found: list[_Transfer] = []
        new = [self]
        while new:
            one = new.pop()
            more = [each for each in transfers if any(each.to.encode() in body for body in one.before)]
            new += [each for each in more if each not in found]
            found += [each for each in more if each not in found]
        return [each for each in found if each is not self]


def _apart(transfers: Sequence[_Transfer], all_of_it: Sequence[_Transfer]) -> bool:
    return any(
        one.site != other.site and one not in other.heard(all_of_it) and other not in one.heard(all_of_it)
        for one, other in combinations(transfers, 2)
    )


def _root(world: World, wallet: str) -> str:
    """The wallet that is left of it."""
    row = world.office.books.wallets.get(wallet)
    return row.root if row is not None else wallet


def _profiles(world: World) -> Iterator[str]:
    """The newer edit of whoever has the wallet now wins by arrival; its box opens at headquarters.

    It says what was told.
    """
    office, town = world.office, world.town
    for wallet, edit in office.notes.edits.items():
        kept = office.books.profiles.get(wallet)
        if kept is None or kept.id != edit:
            yield f"profile: {edit} of wallet {wallet} arrived last, and {kept.id if kept else 'none'} stands"
            continue
        told = town.named.get(EntryId(edit), "")
        given = office.books.given_on(wallet)
        if given is not None and (kept.sealed or kept.traces):
            yield f"profile: {edit} says who had wallet {wallet} before {given.member} got it"
        if told and given is None and _name_in(office.box_private, kept) != told:
            yield f"profile: {edit} says another name than was told"


def _name_in(key: bytes, kept: ProfileEdit) -> str:
    if not kept.sealed:
        return ""
    clear = opened(key, kept.sealed, about=profile_about(kept.id, kept.wallet))
    return msgspec.json.decode(clear, type=Known).name


def _breaches(world: World) -> Iterator[str]:
    """I6: whoever took other than was directed, or took while it gave back, is an exception, once."""
    books = world.office.books
    took: set[tuple[str, str]] = set()
    for (site, _), entry in books.entries.items():
        if entry.fault or entry.id is None or not entry.moves:
            continue
        place = books.feed_ids.get(entry.id)
        flows = Counter[str]()
        for account, amount in entry.values:
            flows[books.root(account)] += amount
        if isinstance(entry.directive, Grant):
            directed = books.feed[place].numbered.directive if place and place in books.feed else None
            for right in getattr(directed, "rights", ()):
                flows[books.root(right.account)] -= right.amount
            # Of what is owed it takes less, where less is owed by then.
            wrong = any(amount > 0 or (amount and not is_debt(name)) for name, amount in flows.items())
            if isinstance(directed, Grant) and wrong:
                took.add((str(site), entry.id))
        elif any(amount > 0 for _, amount in entry.values):
            took.add((str(site), entry.id))
    said = {(str(site), subject) for kind, site, subject in books.exceptions if kind == ExceptionKind.BREACH}
    for one in sorted(took ^ said):
        yield f"I6: {one} was {'a breach' if one in took else 'excepted'} alone"


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
    """I2 and I4: no sale is undone above what was sold, wherever its parts came back.

    But what a dead site undid, and people brought when the right to it had gone elsewhere.
    """
    back: Counter[str] = Counter()
    due: dict[str, int] = {}
    for entry in world.office.books.entries.values():
        payload = json.loads(entry.body)["payload"]
        if payload["type"] == "sale":
            due[payload["id"]] = payload["due"]
        elif payload["type"] == "refund" and not entry.fault:
            back[payload["of"]] += sum(one["net"] for one in payload["returned"])
    over = [(sale, net) for sale, net in back.items() if net > due.get(sale, 0)]
    if len(over) > world.office.notes.undone_apart and not world.damaged:
        for sale, net in over:
            yield f"I4: {net} of {due.get(sale, 0)} came back of sale {sale}"
