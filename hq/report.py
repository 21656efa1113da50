"""What headquarters holds, site by site, for the operator page and for `python -m hq report`."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

from hq.postgres import PostgresStore
from hq.sql import SQL
from terminal.core.values import Value

EXCEPTIONS_SHOWN_MAX = 100


class SiteReport(Value, frozen=True, kw_only=True):
    merchant: str
    site: str
    instance: str
    epoch: int
    acked: int
    head: str
    """Hex hash at `acked`."""
    said: int
    """The site's own head as of its last PUSH."""
    seen_ms: int
    kinds: dict[str, int]
    """Entries by kind; the key is empty for those that could not be read."""
    exceptions: dict[str, int]
    """By kind."""


class ExceptionReport(Value, frozen=True, kw_only=True):
    merchant: str
    site: str
    kind: str
    subject: str
    why: str
    opened: str
    """ISO 8601, UTC."""


class Report(Value, frozen=True, kw_only=True):
    entries: int
    sites: tuple[SiteReport, ...]
    exceptions: tuple[ExceptionReport, ...]
    """The latest, at most `EXCEPTIONS_SHOWN_MAX`."""


async def reported(store: PostgresStore) -> Report:
    """One picture: all of it is read in one snapshot."""
    kinds: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    opened: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    async with store.looking() as connection:
        for row in await connection.fetch(SQL["kinds"]):
            kinds[row["merchant_id"], row["site"]][row["kind"]] = row["entries"]
        for row in await connection.fetch(SQL["count_exceptions"]):
            opened[row["merchant_id"], row["site"]][row["kind"]] = row["open"]
        sites = await connection.fetch(SQL["all_sites"])
        exceptions = await connection.fetch(SQL["all_exceptions"], EXCEPTIONS_SHOWN_MAX)
    return Report(
        entries=sum(count for by_kind in kinds.values() for count in by_kind.values()),
        sites=tuple(
            SiteReport(
                merchant=row["merchant_id"],
                site=row["site"],
                instance=row["instance"],
                epoch=row["epoch"],
                acked=row["acked"],
                head=row["head"].hex(),
                said=row["said"],
                seen_ms=row["seen_ms"],
                kinds=kinds[row["merchant_id"], row["site"]],
                exceptions=opened[row["merchant_id"], row["site"]],
            )
            for row in sites
        ),
        exceptions=tuple(
            ExceptionReport(
                merchant=row["merchant_id"],
                site=row["site"],
                kind=row["kind"],
                subject=row["subject"],
                why=row["why"],
                opened=datetime.fromtimestamp(row["opened_ms"] / 1000, UTC).isoformat(timespec="seconds"),
            )
            for row in exceptions
        ),
    )
