"""How many may be connected from the shop's network, and that those who go leave their places."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from terminal.kiosk.listening import FROM_ONE_MAX, Places, bound, serve
from terminal.runtime.connections import Connections, watched


@asynccontextmanager
async def listening(
    places: Places, *, tls: ssl.SSLContext | None = None, stranger_s: float = 30.0
) -> AsyncGenerator[int, None]:
    async def well(_: web.Request) -> web.Response:
        return web.Response(text="well")

    connections = Connections(stranger_s=stranger_s)
    application = web.Application(middlewares=[watched(connections)])
    application.router.add_get("/", well)
    with bound("127.0.0.1", 0) as there:
        running = asyncio.create_task(serve(there, application, connections, places, tls))
        try:
            async with asyncio.timeout(60):
                yield there.getsockname()[1]
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def said(port: int) -> bytes:
    """The status line, or nothing where one is not let in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return await reader.readline()
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


async def waits(port: int) -> asyncio.StreamWriter:
    return (await asyncio.open_connection("127.0.0.1", port))[1]


async def until_well(port: int) -> None:
    answer = b""
    while b" 200 " not in answer:
        answer = await said(port)


async def until(so: Callable[[], bool]) -> None:
    """Lets the server turn."""
    while not so():  # noqa: ASYNC110  what it counts tells nobody
        await asyncio.sleep(0)


def test_one_address_takes_only_so_many_places_and_all_together_only_so_many() -> None:
    places = Places(at_all=3, from_one=2)
    assert [places.take("a"), places.take("a"), places.take("a")] == [True, True, False]
    assert [places.take("b"), places.take("b"), places.take("c")] == [True, False, False]
    places.leave("a")
    assert [places.take("c"), places.take("b"), places.take("a")] == [True, False, False]


def test_an_address_that_left_is_forgotten() -> None:
    places = Places()
    places.take("a")
    places.leave("a")
    assert not places._taken


async def test_who_has_too_many_open_gets_no_other_until_one_ends() -> None:
    places = Places(from_one=2)
    async with listening(places) as port:
        waiting = [await waits(port) for _ in range(2)]
        await until(lambda: places._taken.total() == 2)
        assert await said(port) == b""
        waiting.pop().transport.abort()
        await until_well(port)
        waiting.pop().transport.abort()


async def test_a_browser_finds_room_beside_what_it_holds() -> None:
    async with listening(Places()) as port:
        waiting = [await waits(port) for _ in range(FROM_ONE_MAX - 1)]
        await until_well(port)
        for one in waiting:
            one.transport.abort()


async def test_who_sends_nothing_is_closed_and_leaves_the_place() -> None:
    places = Places(from_one=1)
    async with listening(places, stranger_s=0.05) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nX-Slow")
        with suppress(ConnectionError):
            assert await reader.read() == b""
        await until_well(port)
        writer.transport.abort()


async def test_what_never_agrees_on_tls_holds_a_place_and_gives_it_back() -> None:
    places = Places(from_one=1)
    async with listening(places, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)) as port:
        mute = await waits(port)
        await until(lambda: places._taken.total() == 1)
        assert await said(port) == b""
        mute.write(b"GET / HTTP/1.1\r\n\r\n")  # No greeting of TLS.
        await until(lambda: not places._taken)
        mute.transport.abort()


async def test_an_address_that_is_not_ours_cannot_be_listened_on() -> None:
    with pytest.raises(OSError, match="assign"):
        bound("192.0.2.1", 0)
