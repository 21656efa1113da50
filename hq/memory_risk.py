"""What a merchant may lose, as the twin in memory knows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hq.memory_books import Books
from hq.ports import LOOKED_AT, ApartAtRisk, AtRisk, SettingsGiven, SiteAtRisk, SiteRow
from hq.pot import POOL, head_of
from hq.totals import counted_apart, in_fen
from terminal.core.fleet import WorstDay
from terminal.core.values import SiteId
from terminal.core.wire.sets import SetName

_MONEY = frozenset({"principal", "bonus"})
_MOVED = frozenset({"directive", "rights_back"})


def at_risk(books: Books) -> AtRisk:
    return AtRisk(
        wallets=sum(1 for name, row in books.wallets.items() if row.root == name),
        lacking=sum(
            one.rest for one in books.overdrafts.values() if one.site == POOL and in_fen(one.account)
        ),
        sites=tuple(_site(books, site, row) for site, row in sorted(books.sites.items())),
        apart=tuple(_apart(books)),
    )


def _apart(books: Books) -> Iterator[ApartAtRisk]:
    held, open_there = Counter[tuple[SiteId, str]](), Counter[tuple[SiteId, str]]()
    for given_up in (books.written_off, books.transit_given_up):
        for (account, site), amount in given_up.items():
            held[site, counted_apart(account)] += max(0, amount)
    for one in books.overdrafts.values():
        open_there[one.site, counted_apart(one.account)] += one.rest
    for site, kind in sorted(set(held) | set(open_there)):
        found = ApartAtRisk(site=site, kind=kind, held=held[site, kind], open=open_there[site, kind])
        if kind and (found.held or found.open):
            yield found


def _site(books: Books, site: SiteId, row: SiteRow) -> SiteAtRisk:
    given_up = (
        amount
        for (account, where), amount in books.written_off.items()
        if where == site and amount > 0 and in_fen(account)
    )
    return SiteAtRisk(
        site=site,
        seen_ms=row.seen_ms,
        said=row.said,
        acked=row.acked,
        written_off_ms=row.written_off_ms,
        gone_ms=row.gone_ms,
        unsure=row.unsure,
        held=row.transit + sum(given_up),
        open=sum(
            one.rest
            for one in books.overdrafts.values()
            if one.site == site and one.account.startswith("wallet:") and head_of(one.account) == "principal"
        ),
        an_entry=_an_entry(books, site, row.acked),
        given=_given(books, site),
    )


def _an_entry(books: Books, site: SiteId, acked: int) -> int:
    looked_at = min(acked, LOOKED_AT)
    if not looked_at:
        return 0
    last = (books.entries[site, seq] for seq in range(acked - looked_at + 1, acked + 1))
    moved = sum(
        abs(amount)
        for one in last
        if not one.fault and one.kind not in _MOVED
        for account, amount in one.values
        if account.startswith("wallet:") and head_of(account) in _MONEY
    )
    return (2 * moved + looked_at) // (2 * looked_at)


def _given(books: Books, site: SiteId) -> tuple[SettingsGiven, ...]:
    rows = [
        row
        for (where, name, _), row in sorted(books.given.items())
        if (where, name) == (site, SetName.SETTINGS)
    ]
    found = []
    for row in rows:
        place = books.feed_ids.get(row.id)
        allowed = books.allowed.get(row.published)
        found.append(
            SettingsGiven(
                applied=place is not None and books.feed[place].applied_seq is not None,
                offline=allowed.offline if allowed is not None else None,
                day=books.day_limits.get(row.published, WorstDay()),
            )
        )
    return tuple(found)
