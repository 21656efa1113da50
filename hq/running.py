"""`python -m hq run`: what serves requests, and what is done beside them, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import secrets
import signal
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

import asyncpg
import click
import msgspec
from aiohttp import web

from hq import typed
from hq.admission import Admission
from hq.app import Front, application, runner_of
from hq.boxes import Boxes
from hq.calls import calls
from hq.card_auth import CardAuth, Counters
from hq.command import exchange_over, opened
from hq.door import Door
from hq.door_postgres import PostgresDoor
from hq.epoch_file import keep_epoch
from hq.exchange import Exchange
from hq.keys import Keys
from hq.lapsing import Lapser
from hq.marks import Marks
from hq.masters import MASTERS_FILE, Masters, MastersUnusable, masters_in
from hq.operators import Operators
from hq.pages import Pages
from hq.phone.serving import Phones, tls_of
from hq.phone.settings import SETTINGS_FILE, PhoneUnusable, merchants_in
from hq.phone.store import PhoneStore
from hq.postgres import PostgresStore
from hq.room import small_tls_buffers
from hq.sets import SetMaker
from hq.unreadable import AT_ONCE, EVERY_MS, Unreadable
from hq.wishes import granted
from terminal.core.values import Value
from terminal.runtime import uncaught
from terminal.runtime.clock import SystemClock
from terminal.runtime.connections import Connections
from terminal.runtime.knocks import Knocks
from terminal.runtime.tls import Server, names_of

log = logging.getLogger(__name__)

TIDY_S = 30.0
"""Between two looks at what is overdrawn or waited for."""

GARBAGE_LOOKED_FOR = 20_000
"""Values that were made and still live, before the youngest are searched for cycles."""

SETS_S = 1.0
"""Between two rounds of making data sets."""

LAPSE_S = 3600.0
"""Between two looks for members who did not come for so long: of each it is said once."""

LOOK_S = 1.0
"""Between two looks at what other workers wrote into feeds that are waited for here."""

STOP_S = 2.0
"""For requests that are under way when we are told to stop."""
KNOCKS_AT_ONCE, KNOCK_EVERY_MS = 10, 6_000
"""Enrolling from one address."""


class Listening(Value, frozen=True, kw_only=True):
    host: str
    port: int
    names: tuple[str, ...]
    sets: bool
    data: Path
    phones: int | None = None
    """Port of the members' phone page; None: there is none."""
    phones_pem: Path | None = None


async def serve(
    keeping: AbstractAsyncContextManager[str],
    keys: Keys,
    masters: Masters,
    where: Listening,
    hq_epoch: int,
) -> None:
    small_tls_buffers()
    _as_many_files_as_may_be()
    stop = asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(uncaught.of_loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    clock = SystemClock()
    names = names_of(where.host, where.names)
    server = Server(keys.authority, names, clock, typed.new_serial)
    async with keeping as dsn, opened(dsn) as store:
        used = await store.highest_hq_epoch()
        if used > hq_epoch:
            again = f"start with --hq-epoch {used}, or {used + 1} if the database came back from a copy"
            raise click.ClickException(f"the database was used under epoch {used}: {again}")
        boxes = Boxes(keys, PostgresDoor(store), secrets.token_bytes)
        exchange = exchange_over(
            store,
            hq_epoch,
            boxes=boxes,
            card_auth=CardAuth(
                masters, keys, boxes, clock=clock, random=secrets.token_bytes, counters=Counters(store)
            ),
            marks=Marks(keys.mac),
            keep_epoch=partial(keep_epoch, where.data),
        )
        beside = [
            asyncio.create_task(_again(LOOK_S, exchange.look, "feeds")),
            asyncio.create_task(_again(TIDY_S, partial(_tidied, exchange, store), "debts and asks")),
            asyncio.create_task(server.run()),
        ]
        if where.sets:
            lapser = Lapser(exchange, boxes, keys.box_key)
            beside.append(asyncio.create_task(_again(LAPSE_S, partial(_lapsed, lapser, store), "lapses")))
            wishes = partial(_forgotten, exchange, store)
            beside.append(asyncio.create_task(_again(LAPSE_S, wishes, "who asked to be forgotten")))
            beside.append(asyncio.create_task(_again(SETS_S, SetMaker(exchange, boxes).round, "data sets")))
        nonsense = Knocks(clock, at_once=AT_ONCE, every_ms=EVERY_MS)
        connections = Connections(nonsense=nonsense)
        app = _application(exchange, store, keys, clock, names, connections, nonsense)
        runner = runner_of(app, stop_s=STOP_S)
        await runner.setup()
        try:
            listening = await connections.listen(runner, where.host, where.port, server.context)
            said = {"hq": "ready", "url": _url(listening)}
            async with _phones(where, store, keys, clock, server.context) as phones:
                if phones is not None:
                    said["phones"] = _url(phones)
                _collect_seldom()
                click.echo(msgspec.json.encode(said))
                await stop.wait()
                listening.close()  # Nobody comes in any more; who is here is answered.
        finally:
            for task in beside:
                task.cancel()
            await runner.cleanup()


@asynccontextmanager
async def _phones(
    where: Listening, store: PostgresStore, keys: Keys, clock: SystemClock, ours: ssl.SSLContext
) -> AsyncGenerator[asyncio.Server | None, None]:
    """The members' phone page, where one is wanted."""
    if where.phones is None:
        yield None
        return
    try:
        merchants = merchants_in(where.data / SETTINGS_FILE)
        tls = ours if where.phones_pem is None else tls_of(where.phones_pem)
    except PhoneUnusable as fault:
        raise click.ClickException(str(fault)) from fault
    phones = Phones(PhoneStore(store), keys, clock, merchants)
    tidying = asyncio.create_task(_again(TIDY_S, phones.tidy, "phones"))
    try:
        async with phones.serving(where.host, where.phones, names_of(where.host, where.names), tls) as server:
            yield server
    finally:
        tidying.cancel()


def _collect_seldom() -> None:
    """A batch makes thousands of values and no cycles: looking for those took an eighth of the time."""
    gc.freeze()
    gc.set_threshold(GARBAGE_LOOKED_FOR)


def _application(  # noqa: PLR0913, PLR0917  all that it is made of
    exchange: Exchange,
    store: PostgresStore,
    keys: Keys,
    clock: SystemClock,
    names: Sequence[str],
    connections: Connections,
    nonsense: Knocks,
) -> web.Application:
    door_store = PostgresDoor(store)
    admission = Admission(door_store, clock)
    door = Door(door_store, keys, clock, secrets.token_bytes)
    operators = Operators(door_store, keys, clock, secrets.token_bytes)
    enrolling, logins = (Knocks(clock, at_once=KNOCKS_AT_ONCE, every_ms=KNOCK_EVERY_MS) for _ in range(2))
    pages = Pages(store, door, exchange, operators, logins, names=names)
    front = Front(keys, admission, enrolling)
    return application(
        front, calls(exchange, door), admission, pages, connections, unreadable=Unreadable(nonsense)
    )


async def _again(every_s: float, look: Callable[[], Awaitable[object]], what: str) -> NoReturn:
    while True:
        await asyncio.sleep(every_s)
        try:
            await look()
        except (asyncpg.PostgresError, OSError) as fault:  # The next round finds what this one left.
            log.warning("%s have to wait: %s", what, type(fault).__name__)
        except Exception:  # Calls go on without it.
            log.exception("a defect: %s have to wait", what)


async def _lapsed(lapser: Lapser, store: PostgresStore) -> None:
    for merchant in await store.merchants_known():
        said = (await lapser.round(merchant)).said
        if said:
            log.info("of %d members of %s less is kept from today", sum(said.values()), merchant)


async def _forgotten(exchange: Exchange, store: PostgresStore) -> None:
    for merchant in await store.merchants_known():
        if told := await granted(exchange, merchant):
            log.info("%d members of %s who asked for it are forgotten from today", told, merchant)


async def _tidied(exchange: Exchange, store: PostgresStore) -> None:
    for merchant in await store.merchants_outstanding():
        await exchange.tidy(merchant)


def _url(listening: asyncio.Server) -> str:
    host, port = listening.sockets[0].getsockname()[:2]
    return f"https://{f'[{host}]' if ':' in host else host}:{port}"


def masters_of(data: Path) -> Masters:
    try:
        return masters_in(data / MASTERS_FILE)
    except MastersUnusable as fault:
        raise click.ClickException(str(fault)) from fault


def _as_many_files_as_may_be() -> None:
    """Each connection is one, and 1,024 is what a shell usually gives."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
