"""The page where people join: what of it is reached from the shop's network, and how often."""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.resources import files

import aiohttp
import msgspec
import pytest

from terminal.core.texts import TABLES
from terminal.core.texts.kiosk_zh import ZH_HANS
from terminal.kiosk.join_page import AT_ONCE, EVERY_MS, SENTENCES, Joining
from terminal.kiosk.settings import JoinPage
from terminal.runtime.knocks import Knocks

FILES = {
    "/": "text/html",
    "/join.js": "text/javascript",
    "/qr.js": "text/javascript",
    "/join.css": "text/css",
    "/icon.svg": "image/svg+xml",
    "/texts/zh-Hans": "application/json",
    "/texts/zh-Hant": "application/json",
    "/texts/en": "application/json",
}
ELSEWHERE = (
    "/enter", "/enter.js", "/events", "/intent", "/display", "/display/events", "/page.js", "/page.css",
    "/join.html", "/page.html", "/hans.woff2", "/texts/fr", "/texts/zh-Hans/", "/texts/", "/../settings.py",
    "//", "/%2e%2e/guard.py",
)  # fmt: skip


class Clock:
    """Stands still until it is moved."""

    now_ms = 0

    def mono_ms(self) -> int:
        return self.now_ms

    def wall_ms(self) -> int:
        return self.now_ms


class Stood:
    def __init__(self, client: aiohttp.ClientSession, port: int, clock: Clock, page: Joining) -> None:
        self.client = client
        self.page = page
        self.port = port
        self.clock = clock

    async def asked(self, path: str, method: str = "GET", **headers: str) -> aiohttp.ClientResponse:
        """Read whole."""
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.client.request(method, url, headers=headers) as answer:
            await answer.read()
            return answer


@asynccontextmanager
async def standing(
    shop: str = "李记水果", at_once: int = 1_000, *, cars: bool = False, at_pumps: bool = True
) -> AsyncGenerator[Stood, None]:
    clock = Clock()
    settings = JoinPage(address="127.0.0.1", port=0)
    knocks = Knocks(clock, at_once=at_once, every_ms=EVERY_MS)
    page = Joining(settings, shop, texts=TABLES, knocks=knocks, cars=cars, at_pumps=at_pumps)
    running = asyncio.create_task(page.run())
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession() as client:
            _, port = await page.address()
            yield Stood(client, port, clock, page)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_the_page_and_its_files_are_served_under_the_strict_policy() -> None:
    async with standing() as there:
        for path, kind in FILES.items():
            answer = await there.asked(path)
            assert (answer.status, answer.content_type) == (200, kind), path
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert not [name for name in answer.headers if name.startswith(("Access-Control-", "Set-Cookie"))]


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_nothing_else_is_reached_from_there(path: str) -> None:
    async with standing() as there:
        answer = await there.asked(path)
        assert answer.status == 404
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_nothing_can_be_told_to_it(method: str) -> None:
    async with standing() as there:
        for path in ("/", "/join", "/intent", "/enter"):
            own = {"Origin": f"http://127.0.0.1:{there.port}"}
            assert (await there.asked(path, method, **own)).status in {404, 405}
            assert (await there.asked(path, method)).status == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:80", ""])
async def test_another_host_is_not_served(host: str) -> None:
    async with standing() as there:
        assert (await there.asked("/", Host=host)).status == 421


async def test_other_origins_and_sites_get_nothing_but_may_lead_to_the_page() -> None:
    async with standing() as there:
        assert (await there.asked("/", Origin="http://evil.example")).status == 403
        assert (await there.asked("/texts/en", **{"Sec-Fetch-Site": "cross-site"})).status == 403
        assert (await there.asked("/", **{"Sec-Fetch-Site": "cross-site"})).status == 200


async def test_who_asks_too_often_waits_and_is_served_again() -> None:
    async with standing(at_once=3) as there:
        said = [(await there.asked("/")).status for _ in range(5)]
        assert said == [200, 200, 200, 429, 429]
        refused = await there.asked("/nothing")
        assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
        there.clock.now_ms += EVERY_MS - 1
        assert (await there.asked("/")).status == 429
        there.clock.now_ms += 1
        assert (await there.asked("/")).status == 200


async def spelt_wrongly(port: int) -> bytes:
    """What comes back on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET / HTTP/1.1\r\nX\x00: 1\r\n\r\n")
        return (await reader.read())[:12]
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_what_is_no_request_is_counted_too_and_writes_no_error_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with standing(at_once=3) as there:
        said = [await spelt_wrongly(there.port) for _ in range(5)]
        assert said == [b"HTTP/1.0 400"] * 3 + [b""] * 2
        there.clock.now_ms += EVERY_MS
        assert (await there.asked("/")).status == 200
    assert [one.levelno for one in caplog.records if one.levelno > logging.INFO] == []


async def test_a_fault_of_ours_is_still_told(caplog: pytest.LogCaptureFixture) -> None:
    async with standing() as there:
        there.page._assets.clear()
        assert (await there.asked("/")).status == 500
    assert [one.name for one in caplog.records if one.levelno == logging.ERROR] == ["aiohttp.server"]


def test_a_phone_may_load_the_page_some_times_at_once() -> None:
    assert len(FILES) * 3 <= AT_ONCE


async def test_the_shops_name_is_text() -> None:
    async with standing(shop="<b>A&B</b> @language@") as there:
        page = await (await there.client.get(f"http://127.0.0.1:{there.port}/")).text()
    assert page.count("&lt;b&gt;A&amp;B&lt;/b&gt;") == 2
    assert "<b>" not in page
    assert "@shop@" not in page


async def test_each_language_has_its_sentences_and_no_other() -> None:
    async with standing() as there:
        for language, first in (("zh-Hans", "加入会员"), ("zh-Hant", "加入會員"), ("en", "Become a member")):
            answer = await there.client.get(f"http://127.0.0.1:{there.port}/texts/{language}")
            said = msgspec.json.decode(await answer.read())
            assert (tuple(said), said["Become a member"]) == (SENTENCES, first)


def test_what_the_page_says_is_what_it_is_given() -> None:
    page = (files("terminal.kiosk") / "page" / "join.html").read_text()
    assert set(re.findall(r'data-text="([^"]+)"', page)) == set(SENTENCES)
    assert set(SENTENCES) <= set(ZH_HANS)


async def test_a_body_that_does_not_end_is_not_waited_for() -> None:
    async with standing() as there:
        reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
        own = f"127.0.0.1:{there.port}"
        head = f"POST / HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}\r\nContent-Length: 1000000\r\n\r\n"
        writer.write(head.encode())
        said = await reader.read()  # To its end.
        assert b" 405 " in said.split(b"\r\n")[0]
        writer.close()


async def test_a_header_too_long_is_refused() -> None:
    async with standing() as there:
        reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: " + b"x" * 20_000)
        assert b" 400 " in (await reader.read()).split(b"\r\n")[0]
        writer.close()
