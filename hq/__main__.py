"""`python -m hq run | verify | report`."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import click
import msgspec
from aiohttp import web

from hq.app import application
from hq.embedded import DatabaseDown, looking, serving
from hq.exchange import Exchange
from hq.postgres import PostgresStore, SchemaUnknown, connected
from hq.report import reported
from hq.verify import verified
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7

log = logging.getLogger(__name__)

TIDY_S = 30.0
"""Between two looks at what is overdrawn or waited for."""

STOP_S = 2.0
"""For requests that are under way when we are told to stop."""

_Seen = TypeVar("_Seen")

_data = click.option("--data", type=click.Path(path_type=Path), help="Folder of the embedded PostgreSQL.")
_dsn = click.option("--dsn", envvar="HQ_DSN", help="Any PostgreSQL 15 or newer, instead of the embedded one.")


@click.group()
def main() -> None:
    """Headquarters: takes every entry of every site exactly once."""
    logging.basicConfig(format="%(levelname)s %(name)s %(message)s", stream=sys.stderr, level=logging.INFO)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


@main.command()
@_data
@_dsn
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", default=8420, show_default=True, help="0: any free one; the first line printed says which."
)
@click.option("--hq-epoch", type=click.IntRange(min=1), help="Higher after every restore of the database.")
def run(data: Path | None, dsn: str | None, host: str, port: int, hq_epoch: int | None) -> None:
    """Serve until SIGTERM."""
    keeping = serving(_folder(data)) if dsn is None else nullcontext(dsn)
    _finish(_run(keeping, host, port, hq_epoch or _kept_epoch(data)))


@main.command()
@_data
@_dsn
def verify(data: Path | None, dsn: str | None) -> None:
    """Chains, postings and balances of every site, as JSON; exit 1 when anything is wrong."""
    verdict = _finish(_looked(data, dsn, verified))
    click.echo(msgspec.json.encode(verdict))
    sys.exit(0 if verdict.hq == "ok" else 1)


@main.command()
@_data
@_dsn
def report(data: Path | None, dsn: str | None) -> None:
    """Sites, how far each is held, counts and exceptions, as JSON."""
    click.echo(msgspec.json.encode(_finish(_looked(data, dsn, reported))))


def _finish(work: Coroutine[Any, Any, _Seen]) -> _Seen:
    """What went wrong with the database is a sentence for the operator, not a traceback."""
    try:
        return asyncio.run(work)
    except (DatabaseDown, SchemaUnknown) as fault:
        raise click.ClickException(str(fault)) from fault
    except (asyncpg.PostgresError, OSError) as fault:  # Its text may hold the DSN with its password.
        raise click.ClickException(f"the database does not answer: {type(fault).__name__}") from fault


async def _run(keeping: AbstractAsyncContextManager[str], host: str, port: int, hq_epoch: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with keeping as dsn, _open(dsn) as store:
        used = await store.highest_hq_epoch()
        if used > hq_epoch:
            raise click.ClickException(f"epoch {used} was used before: start with --hq-epoch {used + 1}")
        clock = SystemClock()
        exchange = Exchange(
            store,
            clock,
            hq_epoch=hq_epoch,
            new_nonce=lambda: secrets.token_hex(16),
            ids=Uuid7(clock, secrets.token_bytes),
        )
        tidying = asyncio.create_task(_tidying(exchange, store))
        runner = web.AppRunner(application(exchange, store), shutdown_timeout=STOP_S, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            click.echo(msgspec.json.encode({"hq": "ready", "url": _url(runner)}))
            await stop.wait()
        finally:
            tidying.cancel()
            await runner.cleanup()


async def _tidying(exchange: Exchange, store: PostgresStore) -> None:
    while True:
        await asyncio.sleep(TIDY_S)
        try:
            for merchant in await store.merchants_outstanding():
                await exchange.tidy(merchant)
        except (asyncpg.PostgresError, OSError) as fault:  # The next round finds what this one left.
            log.warning("what is open was not looked at: %s", type(fault).__name__)


async def _looked(
    data: Path | None, dsn: str | None, look: Callable[[PostgresStore], Awaitable[_Seen]]
) -> _Seen:
    keeping = looking(_folder(data)) if dsn is None else nullcontext(dsn)
    async with keeping as found, _open(found) as store:
        return await look(store)


@asynccontextmanager
async def _open(dsn: str) -> AsyncGenerator[PostgresStore, None]:
    store = await connected(dsn)
    try:
        yield store
    finally:
        await store.close()


def _url(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _folder(data: Path | None) -> Path:
    if data is None:
        raise click.UsageError("give --data (embedded PostgreSQL) or --dsn")
    return data.absolute()


def _kept_epoch(data: Path | None) -> int:
    """Beside the database, not in it: a restored database must not bring an old one back."""
    if data is None:
        return 1
    kept = data / "hq-epoch"
    try:
        return int(kept.read_text())
    except FileNotFoundError:
        data.mkdir(parents=True, exist_ok=True)
        kept.write_text("1\n")
        return 1
    except ValueError as fault:
        raise click.ClickException(f"{kept} does not hold a number") from fault


if __name__ == "__main__":
    main()
