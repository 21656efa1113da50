"""`python -m hq take-in`: the journal of a machine whose site was written off, from its ledger or a copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import click
import msgspec

from hq import late, typed
from hq.command import dsn_option, epoch_of, exchange_over, finish, looked
from hq.decisions import NotDecided
from hq.postgres import PostgresStore
from terminal.core.values import SiteId


class LedgerFile:
    """The `Journal` port over a terminal's `ledger.db`, which is only read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        known = dict(self._run("SELECT name, value FROM meta WHERE name IN ('site', 'epoch')"))
        self.site = str(known["site"])
        self.epoch = int(known["epoch"])

    def hash_at(self, seq: int) -> bytes | None:
        row = self._run("SELECT hash FROM entries WHERE seq = ?", (seq,)).fetchone()
        return bytes(row[0]) if row else None

    def after(self, seq: int, limit: int) -> Sequence[bytes]:
        rows = self._run("SELECT body FROM entries WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))
        return [bytes(body) for (body,) in rows]


@contextmanager
def ledger_file(path: Path) -> Generator[LedgerFile]:
    """Raises `NotDecided` for what is no ledger, or cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            yield LedgerFile(connection)
    except (sqlite3.Error, KeyError, TypeError, ValueError) as fault:
        raise NotDecided(f"{path.name} is no ledger that can be read: {type(fault).__name__}") from fault


@click.command("take-in")
@click.argument("ledger", type=click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True))
@typed.data
@dsn_option
@typed.merchant
@click.option("--site", required=True, callback=typed.name)
@click.option("--by", required=True, callback=typed.name, help="Who says so; is kept.")
@click.option("--second", required=True, callback=typed.name, help="Another person who says so too.")
def take_in(  # noqa: PLR0913  one for each option
    ledger: Path, data: Path, dsn: str | None, *, merchant: str, site: str, by: str, second: str
) -> None:
    """Take in what LEDGER (a machine's ledger.db, or a backup of it) holds beyond what is held here.

    Only of a site that was written off; twice is once. Prints as JSON what came of it.
    """

    async def work(store: PostgresStore) -> late.TakenIn:
        exchange = exchange_over(store, max(epoch_of(data), await store.highest_hq_epoch()))
        with ledger_file(ledger) as journal:
            return await late.take_in(exchange, merchant, SiteId(site), journal, by=by, second=second)

    try:
        click.echo(msgspec.json.encode(finish(looked(data, dsn, work))))
    except NotDecided as fault:
        raise click.ClickException(str(fault)) from fault
