"""What the commands of headquarters share: the database, the epoch, how a failure is said."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import click

from hq import typed
from hq.embedded import DatabaseDown, looking
from hq.epoch_file import EpochUnusable, kept_epoch
from hq.exchange import Exchange
from hq.postgres import PostgresStore, SchemaUnknown, Unprivileged, connected
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7

_Seen = TypeVar("_Seen")

looked_in = click.option(
    "--data", type=typed.folder, help="Folder of the embedded PostgreSQL, where it is one."
)
dsn_option = click.option(
    "--dsn", envvar="HQ_DSN", help="Any PostgreSQL 15 or newer, instead of the embedded one."
)


def maybe_named(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    return None if value is None else typed.name(context, option, value)


def finish(work: Coroutine[Any, Any, _Seen]) -> _Seen:
    """What went wrong with the database is a sentence for the operator, not a traceback."""
    try:
        return asyncio.run(work)
    except (DatabaseDown, SchemaUnknown, Unprivileged) as fault:
        raise click.ClickException(str(fault)) from fault
    except (asyncpg.PostgresError, OSError) as fault:  # Its text may hold the DSN with its password.
        raise click.ClickException(f"the database does not answer: {type(fault).__name__}") from fault


async def looked(
    data: Path | None, dsn: str | None, look: Callable[[PostgresStore], Awaitable[_Seen]]
) -> _Seen:
    if data is None and dsn is None:
        raise click.UsageError("give --data (embedded PostgreSQL) or --dsn")
    keeping = looking(data) if data is not None and dsn is None else nullcontext(str(dsn))
    async with keeping as found, opened(found) as store:
        return await look(store)


@asynccontextmanager
async def opened(dsn: str) -> AsyncGenerator[PostgresStore, None]:
    store = await connected(dsn)
    try:
        yield store
    finally:
        await store.close()


def exchange_over(store: PostgresStore, hq_epoch: int, **more: Any) -> Exchange:  # noqa: ANN401
    clock = SystemClock()
    return Exchange(
        store,
        clock,
        hq_epoch=hq_epoch,
        new_nonce=lambda: secrets.token_hex(16),
        ids=Uuid7(clock, secrets.token_bytes),
        **more,
    )


def epoch_of(data: Path, given: int = 0) -> int:
    try:
        return kept_epoch(data, given)
    except EpochUnusable as fault:
        raise click.ClickException(str(fault)) from fault
