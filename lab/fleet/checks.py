"""What must be true of the fleet at any moment: safety, of invariants I1 to I11."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hq.conservation import astray
from hq.exposure import SiteExposure, exposed
from hq.ports import ExceptionKind
from hq.totals import APART
from lab.fleet.machine import MERCHANT
from lab.fleet.town import FLOOR, POLICY, TIERS
from terminal.core.accounts import FEN

if TYPE_CHECKING:
    from lab.fleet.machine import Machine
    from lab.fleet.world import World

_SHOWN = 3


async def always(world: World) -> str:
    """Safety: at any moment. Empty: all is well."""
    found = [
        *world.faults,
        *(f"I8: {number} is the number of two transactions" for number in world.town.doubled),
        *(f"I4: {wrong}" for wrong in astray(await world.office.store.totals(MERCHANT))),
        *_papers(world),
        *_exceptions(world),
        *_forks(world),
        *_copies(world),
        *_written_off(world),
        *await _half_sets(world),
        *_tiers(world),
        *_beyond_rights(world),
        *await _exposed(world),
    ]
    return found[0] if found else ""


def _papers(world: World) -> Iterator[str]:
    """I8: at most one print of a number says that it is the original, whoever died in between."""
    for roll in world.rolls.values():
        originals = Counter(number for number, original in roll.prints if original)
        for number, count in originals.items():
            if count > 1:
                yield f"I8: {count} prints of {number} say ORIGINAL"
            if not number:
                yield "I8: a receipt has no number"


def _exceptions(world: World) -> Iterator[str]:
    for (kind, site, subject), row in world.office.books.exceptions.items():
        if kind == ExceptionKind.NEGATIVE:
            yield f"I5: {site} {subject}: {row.why}"
        if kind == ExceptionKind.LOTS:
            yield f"I4: lots of {site} {subject}: {row.why}"
        if kind == ExceptionKind.FORK and not world.damaged:
            yield f"I10: {site} was called forked, and no disk was ever put back: {row.why}"
        if kind == ExceptionKind.LOST and not world.damaged:
            yield f"I10: {site} was said to have lost entries, and no disk was ever put back: {row.why}"
        if kind == ExceptionKind.CLONE and site not in world.cloned | world.rolled_back:
            yield f"I10: {site} was said to fork again and again, and no disk of it was copied or put back"
        if kind == ExceptionKind.QUARANTINE:
            yield f"I2: entry {subject} of {site} is in quarantine: {row.why}"
        if kind == ExceptionKind.BREACH and not world.damaged:
            yield f"I4: {site} {subject}: {row.why}"


def _forks(world: World) -> Iterator[str]:
    """I6: each time that a site was told to heal stands among the exceptions, once, and nothing else does."""
    opened = {
        (site, int(subject))
        for kind, site, subject in world.office.books.exceptions
        if kind == ExceptionKind.FORK
    }
    for site, epoch in sorted(opened ^ world.office.notes.forks):
        what = "excepted" if (site, epoch) in opened else "asked for"
        yield f"I6: epoch {epoch} of {site} was {what} alone"


def _copies(world: World) -> Iterator[str]:
    """I6, I10: books that were put back unsaid open one exception when they learn it, and no others do."""
    if world.office.books.lock.locked():  # It is being written down.
        return
    opened = {int(epoch) for kind, _, epoch in world.office.books.exceptions if kind == ExceptionKind.COPY}
    for epoch in sorted(opened ^ world.office.notes.begun):
        what = "excepted" if epoch in opened else "begun"
        yield f"I6: epoch {epoch} of headquarters was {what} alone"
    if opened and not world.office.put_back_whole:
        yield "I10: headquarters took itself for a copy, and was never put back unsaid"


async def _half_sets(world: World) -> list[str]:
    """Section 4: nothing is read before all of it is here. A disk that was put back fetches it again."""
    if world.damaged or world.calm:
        return []
    machine = world.dice.choice(list(world.machines.values()))
    return [f"{machine.name} reads {name} and has not all of it" for name in await machine.half_sets()]


def _written_off(world: World) -> Iterator[str]:
    """Nothing is taken of a site that is written off, and nothing waits for it."""
    books = world.office.books
    for site, acked in world.office.notes.written_off.items():
        row = books.sites[site]
        if row.acked != acked or not row.written_off_ms:
            yield f"I2: {site} was written off at {acked}, and {row.acked} of it are held"
    if any(one.site in world.office.notes.written_off for one in books.moving.values()):
        yield "I4: something is in transit to a site that was written off"


def _tiers(world: World) -> Iterator[str]:
    """Down only by headquarters, or where the wallet began; of two who are one the higher stays."""
    books, seen = world.office.books, world.office.notes.tiers
    if world.office.restored:  # What it decided and forgot comes back with the sites' chains.
        return
    best: dict[str, str] = {}
    for name, row in books.wallets.items():
        best[row.root] = max(best.get(row.root, TIERS[0]), seen.get(name, TIERS[0]), key=POLICY.rank)
    for root, tier in best.items():
        stands = books.wallets[root].tier
        if POLICY.rank(stands) >= POLICY.rank(tier):
            continue
        if not _let_fall(world, root):
            yield f"tier {tier} of wallet {root} became {stands}, and nobody decided it"
        world.town.counts["tiers fallen"] += 1
    seen.update((name, books.wallets[row.root].tier) for name, row in books.wallets.items())


def _let_fall(world: World, root: str) -> bool:
    """Whether the site where it began said so since it was looked at last."""
    books, known = world.office.books, world.office.notes.falls
    home = books.claims[books.wallets[root].opened_by or ""].site
    said = {
        entry.id or ""
        for (site, _), entry in books.entries.items()
        if site == home and entry.fell_from and entry.tier and books.wallets[entry.tier[0]].root == root
    }
    news = bool(said - known)
    known |= said
    return news


async def _exposed(world: World) -> list[str]:
    """Section 3: no site has cost more than headquarters says that it can; nor one that was written off.

    What that one held, and has spent, is the pool's too. Books that were put back may not know all of it, nor
    all wallets: until every site has called they are held to S alone.
    """
    now_ms = world.office.clock.wall_ms()
    forgot = bool(world.office.put_back_whole) or await world.restoring()
    told = await exposed(world.office.store, MERCHANT, world.office.exchange.policy, now_ms)
    if told is None:
        return []
    found, spent = list[str](), Counter[str]()
    for one in told.sites:
        for machine in world.all_machines():
            if machine.site != one.site or machine.site in world.cloned | world.rolled_back:
                continue
            beyond = sum(-balance for _, balance in machine.overdrafts())
            if beyond > (FLOOR.site if forgot else one.beyond):
                found.append(f"exposure: {one.site} has {beyond} open beyond rights, {one.beyond} was told")
            twice = _spent_by_the_dead(world, machine, one)
            spent += twice
            if twice[FEN] > one.twice:
                found.append(f"exposure: {one.site} spent {twice[FEN]} of the pool, {one.twice} was told")
    known = Counter({one.kind: one.twice for one in told.apart})
    for kind in APART:
        if spent[kind] > known[kind]:
            found += [f"exposure: {spent[kind]} {kind} of the pool were spent, {known[kind]} told"]
    return found


def _spent_by_the_dead(world: World, machine: Machine, one: SiteExposure) -> Counter[str]:
    """By what it is counted in."""
    books, counts = world.office.books, world.town.counts
    row = books.sites[machine.site]
    if not row.written_off_ms or one.unsure or world.office.put_back_whole:
        return Counter()
    held = {name: amount for (name, where), amount in books.written_off.items() if where == machine.site}
    twice = machine.duplicated(held, row.acked)
    counts["spent by the dead"] += twice[FEN] > 0
    counts["spent apart by the dead"] += any(twice[kind] for kind in APART)
    return twice


def _beyond_rights(world: World) -> Iterator[str]:
    """I5: more is never covered than was spent, on any disk, also one that hears of another's covers.

    Open overdraft of one wallet is within F and of one site within S; a redo alone may go beyond. Where two
    wallets turned out to be one, what each had open adds up.
    """
    for machine in world.all_machines():
        if over := [name for name, balance in machine.overdrafts() if balance > 0]:
            yield f"I5: more was covered at {machine.name} than was spent: {over[0]}"
    if world.damaged:
        return
    joined = {one.root for name, one in world.office.books.wallets.items() if one.root != name}
    for machine in world.machines.values():
        rows = machine.overdrafts()
        open_here = [-balance for _, balance in rows]
        of_one = [-balance for name, balance in rows if name.split(":")[0] not in joined]
        if max(of_one, default=0) > FLOOR.wallet or sum(open_here) > FLOOR.site:
            yield f"I5: {machine.site} has spent {open_here} beyond its rights"
