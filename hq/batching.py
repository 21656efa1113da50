"""`python -m hq cards`: many cards at once that are nobody's."""

from __future__ import annotations

import csv
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click
import msgspec

from hq import typed
from hq.command import dsn_option, epoch_of, exchange_over, finish, looked, maybe_named
from hq.decisions import NotDecided
from hq.door import about_token_key
from hq.door_postgres import PostgresDoor
from hq.nobodys import Account, Batch, Which, batch_of, end, row
from hq.postgres import PostgresStore
from terminal.core.batches import keys, numbers
from terminal.core.errors import BadNumbers
from terminal.core.wire.people import token_of

_CHOSEN = (
    click.option("--numbers", default="", help="Such as PT0001-PT0100, as printed on them."),
    click.option(
        "--heard-before", type=click.DateTime(["%Y-%m-%d"]), help="Known here before that day (UTC)."
    ),
    click.option("--tier", callback=maybe_named, help="Only of that tier."),
)


def _chosen(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_CHOSEN):
        command = option(command)
    return command


@click.group()
def cards() -> None:
    """Cards without a name, many at once: which could end, and their end. No shop ends these (A395)."""


@cards.command()
@typed.data
@dsn_option
@typed.merchant
@_chosen
def show(data: Path, dsn: str | None, merchant: str, **chosen: Any) -> None:  # noqa: ANN401  click's
    """How many would end, and what lies on those that are left out, wherever it is, as JSON."""

    async def work(store: PostgresStore) -> Batch:
        exchange = exchange_over(store, max(epoch_of(data), await store.highest_hq_epoch()))
        return await batch_of(exchange, merchant, await _which(store, data, merchant, **chosen))

    _said(_done(data, dsn, work))


@cards.command("end")
@typed.data
@dsn_option
@typed.merchant
@_chosen
@click.option("--count", type=click.IntRange(min=1), required=True, help="As `show` said: else nothing ends.")
@click.option("--list", "file", type=typed.folder, required=True, help="A new CSV file of all of them.")
@click.option("--by", required=True, callback=typed.name, help="Who says so; is kept.")
def end_cards(  # noqa: PLR0913  one for each option
    data: Path,
    dsn: str | None,
    merchant: str,
    *,
    count: int,
    file: Path,
    by: str,
    **chosen: Any,  # noqa: ANN401  click's
) -> None:
    """For good, at all shops, one by one. What has value by then is left out. Cut short, begin again."""
    with _new(file) as opened:
        table = csv.writer(opened)

        def listed(some: Sequence[Account]) -> None:
            if not opened.tell():
                table.writerow(("card", "what", "left"))
            table.writerows(row(one) for one in some)
            opened.flush()

        async def work(store: PostgresStore) -> Batch:
            exchange = exchange_over(store, max(epoch_of(data), await store.highest_hq_epoch()))
            which = await _which(store, data, merchant, **chosen)
            return await end(exchange, merchant, which, count=count, by=by, told=listed)

        try:
            done = _done(data, dsn, work)
        except click.ClickException:
            if not opened.tell():  # Nothing ended: it may be begun again under this name.
                file.unlink()
            raise
        listed(done.left_out)
    _said(done)


async def _which(  # noqa: PLR0913  one for each option
    store: PostgresStore,
    data: Path,
    merchant: str,
    *,
    numbers: str,
    heard_before: datetime | None,
    tier: str | None,
) -> Which:
    return Which(
        numbers=await _tokens(store, data, merchant, numbers) if numbers else None,
        before_ms=int(heard_before.replace(tzinfo=UTC).timestamp() * 1000) if heard_before else 0,
        tier=tier or "",
    )


async def _tokens(store: PostgresStore, data: Path, merchant: str, text: str) -> Mapping[str, str]:
    """By what sites find them: headquarters knows the number of no card."""
    try:
        wanted = numbers(text)
    except BadNumbers as fault:
        raise click.UsageError("--numbers: one prefix, as many digits, and at most 10,000") from fault
    kept = await PostgresDoor(store).token_box(merchant)
    if kept is None:
        raise click.ClickException("no shop of this merchant has enrolled")
    key = typed.opened_keys(data).opened(kept, about_token_key(merchant))
    return {token_of(key, one).hex(): number for number in wanted for one in keys(number)}


def _new(file: Path) -> IO[str]:
    """Only its owner can read it: numbers of cards stand in it."""
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="")
    except OSError as fault:
        raise click.ClickException(f"{file}: {fault.strerror}") from fault


def _done(data: Path, dsn: str | None, work: Callable[[PostgresStore], Awaitable[Batch]]) -> Batch:
    try:
        return finish(looked(data, dsn, work))
    except NotDecided as fault:
        raise click.ClickException(str(fault)) from fault


def _said(batch: Batch) -> None:
    told = {
        "ends": len(batch.ends),
        "left_out": len(batch.left_out),
        "left_fen": batch.left_fen,
        "silent": batch.silent,
    }
    click.echo(msgspec.json.encode(told))
