"""`python -m hq retention`: how long a chain keeps what it knows of members who do not come any more."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import msgspec

from hq import typed
from hq.boxes import Boxes
from hq.command import dsn_option, epoch_of, exchange_over, finish, looked
from hq.decisions import NotDecided
from hq.door_postgres import PostgresDoor
from hq.exchange import Exchange
from hq.lapsing import Lapser, Looked, keep_for
from hq.postgres import PostgresStore
from terminal.core.retention import LAW_DAYS, Retention

_DAYS_MAX = 36_500
_days = click.IntRange(1, _DAYS_MAX)


@click.group()
def retention() -> None:
    """How long a chain keeps what it knows of members who come to none of its sites."""


@retention.command()
@typed.data
@dsn_option
@typed.merchant
def show(data: Path, dsn: str | None, merchant: str) -> None:
    """The days, up to when it is known who came, which sites that waits for, and who has value left, as JSON.

    Also who asked to be forgotten and is not yet.

    Says nothing to any site.
    """
    keys = typed.opened_keys(data)

    async def seen(store: PostgresStore) -> Looked:
        boxes = Boxes(keys, PostgresDoor(store), secrets.token_bytes)
        lapser = Lapser(await _over(store, data), boxes, keys.box_key)
        return await lapser.round(merchant, tell=False)

    click.echo(msgspec.json.encode(finish(looked(data, dsn, seen))))


@retention.command("set")
@typed.data
@dsn_option
@typed.merchant
@click.option("--document", type=_days, default=LAW_DAYS, show_default=True, help="Numbers of documents.")
@click.option("--health", type=_days, default=LAW_DAYS, show_default=True, help="Skin, allergies.")
@click.option("--notes", type=_days, default=LAW_DAYS, show_default=True, help="Other notes.")
@click.option("--services", type=_days, default=LAW_DAYS, show_default=True, help="What was done on visits.")
@click.option("--member", type=_days, help="All of a member without value; without it until they ask.")
@click.option("--by", required=True, callback=typed.name, help="Who says so; is kept.")
def set_days(  # noqa: PLR0913  one for each option
    data: Path,
    dsn: str | None,
    merchant: str,
    by: str,
    *,
    document: int,
    health: int,
    notes: int,
    services: int,
    member: int | None,
) -> None:
    """So many days after the last transaction at any site. What went by shorter ones does not come back."""
    days = Retention(document=document, health=health, notes=notes, services=services, member=member)

    async def work(store: PostgresStore) -> None:
        await keep_for(await _over(store, data), merchant, days, by=by)

    _decided(data, dsn, work)


async def _over(store: PostgresStore, data: Path) -> Exchange:
    return exchange_over(store, max(epoch_of(data), await store.highest_hq_epoch()))


def _decided(data: Path, dsn: str | None, work: Callable[[PostgresStore], Awaitable[None]]) -> None:
    try:
        finish(looked(data, dsn, work))
    except NotDecided as fault:
        raise click.ClickException(str(fault)) from fault
