"""`python -m hq run | enrol | operator | revoke | verify | report`."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import click
import msgspec
from aiohttp import web

from hq.admission import Admission
from hq.app import Front, application
from hq.authority import Identity
from hq.boxes import Boxes
from hq.calls import calls
from hq.door import CODE_LIFE, Door
from hq.door_postgres import PostgresDoor
from hq.embedded import DatabaseDown, looking, serving
from hq.exchange import Exchange
from hq.keys import Keys, KeysUnusable, keys_in
from hq.limits import Knocks
from hq.operators import LOGIN_LIFE, Operators
from hq.pages import Pages
from hq.postgres import PostgresStore, SchemaUnknown, connected
from hq.report import reported
from hq.tls import Server, names_of
from hq.verify import verified
from terminal.core.values import SiteId, TerminalId, Value
from terminal.core.wire.forms import Name
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7

log = logging.getLogger(__name__)

TIDY_S = 30.0
"""Between two looks at what is overdrawn or waited for."""

STOP_S = 2.0
"""For requests that are under way when we are told to stop."""
KNOCKS_AT_ONCE, KNOCK_EVERY_MS = 10, 6_000
"""Enrolling from one address."""

_Seen = TypeVar("_Seen")

_folder = click.Path(path_type=Path, resolve_path=True)
_data = click.option(
    "--data",
    type=_folder,
    required=True,
    help="Folder of the keys and, without --dsn, of the embedded PostgreSQL.",
)
_looked_in = click.option("--data", type=_folder, help="Folder of the embedded PostgreSQL, where it is one.")
_dsn = click.option("--dsn", envvar="HQ_DSN", help="Any PostgreSQL 15 or newer, instead of the embedded one.")


def _name(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        return msgspec.convert(value, Name)
    except msgspec.ValidationError as fault:
        raise click.BadParameter("1 to 64 characters, none of them a control character") from fault


def _one_terminal(command: Callable[..., None]) -> Callable[..., None]:
    """`--merchant`, `--site` and `--terminal`, as one `identity`."""

    @wraps(command)
    def named(*, merchant: str, site: str, terminal: str, **more: object) -> None:
        identity = Identity(merchant=merchant, site=SiteId(site), terminal=TerminalId(terminal))
        command(identity=identity, **more)

    for option in ("--terminal", "--site", "--merchant"):
        named = click.option(option, required=True, callback=_name)(named)
    return named


class Listening(Value, frozen=True, kw_only=True):
    host: str
    port: int
    names: tuple[str, ...]


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
@click.option(
    "--name", "names", multiple=True, help="A name or address by which terminals reach it; may be repeated."
)
@click.option("--hq-epoch", type=click.IntRange(min=1), help="Higher after every restore of the database.")
def run(data: Path, dsn: str | None, hq_epoch: int | None, **where: Any) -> None:  # noqa: ANN401  click's
    """Serve HTTPS until SIGTERM."""
    keys = _keys(data)
    keeping = serving(data) if dsn is None else nullcontext(dsn)
    _finish(_run(keeping, keys, Listening(**where), hq_epoch or _kept_epoch(data)))


@main.command()
@_data
@_dsn
@_one_terminal
def enrol(data: Path, dsn: str | None, identity: Identity) -> None:
    """Print a code by which one machine becomes that terminal: `terminal enrol CODE` there."""
    keys = _keys(data)

    async def made(store: PostgresStore) -> str:
        return await Door(PostgresDoor(store), keys, SystemClock(), secrets.token_bytes).code_for(identity)

    try:
        click.echo(_finish(_looked(data, dsn, made)))
    except ValueError as fault:
        raise click.ClickException(str(fault)) from fault
    hours = CODE_LIFE.total_seconds() / 3600
    click.echo(f"for one machine, within {hours:g} hours; it is not shown again", err=True)


@main.command()
@_data
@_dsn
@click.option("--merchant", required=True, callback=_name)
@click.option("--name", required=True, callback=_name, help="Of the person; stands under every decision.")
def operator(data: Path, dsn: str | None, merchant: str, name: str) -> None:
    """Print a code by which one person sees that merchant's page, or signs as the second."""
    keys = _keys(data)

    async def made(store: PostgresStore) -> str:
        operators = Operators(PostgresDoor(store), keys, SystemClock(), secrets.token_bytes)
        return await operators.code_for(merchant, name)

    click.echo(_finish(_looked(data, dsn, made)))
    minutes = LOGIN_LIFE.total_seconds() / 60
    click.echo(f"for one login, within {minutes:g} minutes; it is not shown again", err=True)


@main.command()
@_data
@_dsn
@_one_terminal
@click.option("--why", default="", help="For those who look later.")
def revoke(data: Path, dsn: str | None, identity: Identity, why: str) -> None:
    """Shut out every machine that is that terminal, from its next request on."""

    async def shut(store: PostgresStore) -> int:
        return await PostgresDoor(store).revoke(identity, SystemClock().wall_ms(), why)

    click.echo(f"{_finish(_looked(data, dsn, shut))} shut out")


@main.command()
@_looked_in
@_dsn
def verify(data: Path | None, dsn: str | None) -> None:
    """Chains, postings and balances of every site, as JSON; exit 1 when anything is wrong."""
    verdict = _finish(_looked(data, dsn, verified))
    click.echo(msgspec.json.encode(verdict))
    sys.exit(0 if verdict.hq == "ok" else 1)


@main.command()
@_looked_in
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


async def _run(
    keeping: AbstractAsyncContextManager[str],
    keys: Keys,
    where: Listening,
    hq_epoch: int,
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    clock = SystemClock()
    names = names_of(where.host, where.names)
    server = Server(keys.authority, names, clock, _new_serial)
    async with keeping as dsn, _open(dsn) as store:
        used = await store.highest_hq_epoch()
        if used > hq_epoch:
            raise click.ClickException(f"epoch {used} was used before: start with --hq-epoch {used + 1}")
        exchange = Exchange(
            store,
            clock,
            hq_epoch=hq_epoch,
            new_nonce=lambda: secrets.token_hex(16),
            ids=Uuid7(clock, secrets.token_bytes),
            boxes=Boxes(keys, PostgresDoor(store), secrets.token_bytes),
        )
        tidying = asyncio.create_task(_tidying(exchange, store))
        runner = web.AppRunner(
            _application(exchange, store, keys, clock, names), shutdown_timeout=STOP_S, access_log=None
        )
        await runner.setup()
        renewing = asyncio.create_task(server.run())
        try:
            await web.TCPSite(runner, where.host, where.port, ssl_context=server.context).start()
            click.echo(msgspec.json.encode({"hq": "ready", "url": _url(runner)}))
            await stop.wait()
        finally:
            tidying.cancel()
            renewing.cancel()
            await runner.cleanup()


def _application(
    exchange: Exchange, store: PostgresStore, keys: Keys, clock: SystemClock, names: Sequence[str]
) -> web.Application:
    door_store = PostgresDoor(store)
    admission = Admission(door_store)
    door = Door(door_store, keys, clock, secrets.token_bytes)
    operators = Operators(door_store, keys, clock, secrets.token_bytes)
    enrolling, logins = (Knocks(clock, at_once=KNOCKS_AT_ONCE, every_ms=KNOCK_EVERY_MS) for _ in range(2))
    pages = Pages(store, door_store, exchange, operators, logins, names=names)
    return application(Front(keys, admission, enrolling), calls(exchange, door), admission, pages)


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
    if data is None and dsn is None:
        raise click.UsageError("give --data (embedded PostgreSQL) or --dsn")
    keeping = looking(data) if data is not None and dsn is None else nullcontext(str(dsn))
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
    return f"https://{f'[{host}]' if ':' in host else host}:{port}"


def _keys(data: Path) -> Keys:
    try:
        return keys_in(data, serial=_new_serial(), now_ms=SystemClock().wall_ms())
    except KeysUnusable as fault:
        raise click.ClickException(str(fault)) from fault
    except OSError as fault:
        raise click.ClickException(f"{data}: {fault.strerror}") from fault


def _new_serial() -> int:
    return int.from_bytes(os.urandom(19), "big") | 1


def _kept_epoch(data: Path) -> int:
    """Beside the database, not in it: a restored database must not bring an old one back."""
    kept = data / "hq-epoch"
    with suppress(FileNotFoundError):
        try:
            return int(kept.read_text())
        except ValueError as fault:
            raise click.ClickException(f"{kept} does not hold a number") from fault
    kept.write_text("1\n")
    return 1


if __name__ == "__main__":
    main()
