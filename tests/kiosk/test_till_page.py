"""The counter's page on a handheld: who comes in, what is reached, and that who is revoked is out."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from lab.screens.front import ScriptedFront
from lab.screens.scenes import STATUS, scenes
from lab.screens.visitor import Watching
from terminal.core.commands import ClockTrust
from terminal.core.ports import Clock
from terminal.core.screens import Intent, State
from terminal.core.texts import TABLES
from terminal.core.values import SiteId
from terminal.kiosk.guard import RUN_HEADER
from terminal.kiosk.handhelds import Handhelds, Made, beside
from terminal.kiosk.listening import FROM_ONE_MAX
from terminal.kiosk.server import Kiosk
from terminal.kiosk.sessions import beside as sessions_beside
from terminal.kiosk.settings import Settings, TillPage
from terminal.kiosk.till_page import AT_ONCE, COOKIE, PAGES_EACH, Till
from terminal.runtime import tls
from terminal.runtime.clock import SystemClock

PASSPHRASE = "secret"
NOT_HERE = (
    "/display",
    "/display/events",
    "/display.js",
    "/enter.js",
    "/join.js",
    "/texts/fr",
    "/../settings.py",
)


YEAR_MS = 365 * 86_400_000
OWN = "127.8.4.43"
"""Of this machine, where no other test listens."""


def low_ports_open() -> bool:
    with socket.socket() as one:
        try:
            one.bind((OWN, 443))
        except PermissionError:
            return False
        except OSError:
            return True  # Somebody who could.
        return True


class Handheld:
    """A device with what it was given, or with somebody else's."""

    def __init__(self, there: Stood, made: Made | None, folder: Path) -> None:
        self.there = there
        self.context = ssl.create_default_context(cadata=there.authority)
        if made is not None:
            opened = load_pkcs12(made.p12, PASSPHRASE.encode())
            assert opened.cert is not None
            assert opened.key is not None
            key = opened.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            path = folder / f"{made.fingerprint}.pem"
            path.write_bytes(key + opened.cert.certificate.public_bytes(Encoding.PEM))
            self.context.load_cert_chain(path)
        self._open = AsyncExitStack()
        self.client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def get(self, path: str, **headers: str) -> aiohttp.ClientResponse:
        """Read whole."""
        async with self._asked(path, headers) as answer:
            await answer.read()
            return answer

    async def watch(self) -> Watching:
        answer = await self._open.enter_async_context(self._asked("events", {}))
        answer.raise_for_status()
        return Watching(answer)

    def _asked(self, path: str, headers: Mapping[str, str]) -> Any:
        url = self.there.url + path
        return self.client.get(url, ssl=self.context, headers=headers, allow_redirects=False)

    async def close(self) -> None:
        await self._open.aclose()
        await self.client.close()

    async def touch(self, intent: Intent, **changes: str) -> int:
        own = {"Origin": self.there.url[:-1], RUN_HEADER: self.there.kiosk.token}
        headers = {"Content-Type": "application/json"} | own
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        kept = {name: value for name, value in headers.items() if value}
        body = msgspec.json.encode(intent)
        async with self.client.post(
            self.there.url + "intent", ssl=self.context, data=body, headers=kept
        ) as answer:
            return answer.status


class Stood:
    def __init__(self, folder: Path, kiosk: Kiosk, front: ScriptedFront, handhelds: Handhelds) -> None:
        self.folder = folder
        self.kiosk = kiosk
        self.front = front
        self.handhelds = handhelds
        self.authority = handhelds.authority(serial=5, now_ms=SystemClock().wall_ms()).pem
        self.url = ""
        self._came: list[Handheld] = []

    def made(self, name: str) -> Made:
        now_ms = SystemClock().wall_ms()
        return self.handhelds.enrol(name, SiteId("S1"), PASSPHRASE, serial=now_ms, now_ms=now_ms)

    def came(self, made: Made | None) -> Handheld:
        self._came.append(Handheld(self, made, self.folder))
        return self._came[-1]

    async def entered(self, name: str) -> Handheld:
        """One that was enrolled and has its cookie, as soon as the terminal knows it."""
        handheld = self.came(self.made(name))
        status = 403
        while status == 403:  # It is looked for new ones twice a second.
            status = (await handheld.get("")).status
        assert status == 200
        return handheld

    async def close(self) -> None:
        for one in self._came:
            await one.close()


class Still(SystemClock):
    """So long as it does not go on, nobody is forgiven that they asked."""

    def mono_ms(self) -> int:
        return 0


class Turned(SystemClock):
    """Of a machine whose clock somebody sets."""

    def __init__(self, by_ms: int = 0, told: ClockTrust = ClockTrust.NETWORK) -> None:
        super().__init__()
        self.by_ms, self.told = by_ms, told

    def wall_ms(self) -> int:
        return super().wall_ms() + self.by_ms

    @property
    def trust(self) -> ClockTrust:
        return self.told


class Unread(Handhelds):
    """Its folder cannot be read any more once `broken`."""

    broken = False

    def enrolled(self) -> dict[str, str]:
        if self.broken:
            raise OSError(errno.EIO, "input/output error")
        return super().enrolled()


@asynccontextmanager
async def standing(
    folder: Path, port: int = 0, clock: Clock | None = None, address: str = "127.0.0.1"
) -> AsyncGenerator[Stood, None]:
    front = ScriptedFront(scenes("en")["idle"], STATUS)
    kiosk = Kiosk(front, Settings(port=0), texts=TABLES, sessions=sessions_beside(folder / "ledger.db", ""))
    handhelds = Unread(folder / "ledger.handhelds")
    there = Stood(folder, kiosk, front, handhelds)
    till = Till(kiosk, TillPage(address=address, port=port), handhelds, clock or SystemClock())
    running = [asyncio.create_task(kiosk.run()), asyncio.create_task(till.run())]
    try:
        async with asyncio.timeout(60):
            _, port = await till.address()
            there.url = f"https://{address}:{port}/"
            yield there
    finally:
        await there.close()
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def ended(page: Watching) -> bool:
    """Waits for it."""
    with suppress(aiohttp.ClientError, ConnectionError):
        while (await page.next())[0]:
            pass
    return True


async def test_a_handheld_sees_and_touches_the_counter_as_the_screen_there_does(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        handheld = await there.entered("one")
        page = await handheld.watch()
        assert await page.run() == there.kiosk.token
        shown = await page.view()
        assert shown == there.front.view()
        touch = Intent(step=shown.screen.step, do="start", value="checkout")
        assert await handheld.touch(touch) == 204
        assert await handheld.touch(touch) == 409
        there.front.show(scenes("en")["confirm"])
        assert (await page.view()).screen.state is State.CONFIRM


@pytest.mark.skipif(not low_ports_open(), reason="this user opens no port below 1024")
async def test_at_the_port_that_browsers_leave_out_it_is_the_same_page(tmp_path: Path) -> None:
    async with standing(tmp_path, port=443, address=OWN) as there:
        there.url = f"https://{OWN}/"
        handheld = await there.entered("one")
        shown = await (await handheld.watch()).view()
        assert await handheld.touch(Intent(step=shown.screen.step, do="start", value="checkout")) == 204


async def test_without_a_certificate_nothing_is_answered(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        stranger = there.came(None)
        for path in ("", "enter", "page.css", "nothing"):
            with pytest.raises(aiohttp.ClientError):
                await stranger.get(path)


async def test_a_certificate_of_another_shop_is_none(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        other = beside(tmp_path / "other.db")
        now_ms = SystemClock().wall_ms()
        foreign = other.enrol("one", SiteId("S1"), PASSPHRASE, serial=9, now_ms=now_ms)
        with pytest.raises(aiohttp.ClientError):
            await there.came(foreign).get("")


async def test_a_certificate_that_is_over_is_none_by_a_clock_that_is_believed(tmp_path: Path) -> None:
    clock = Turned()
    async with standing(tmp_path, clock=clock) as there:
        over = there.came(
            there.handhelds.enrol("old", SiteId("S1"), PASSPHRASE, serial=9, now_ms=1_500_000_000_000)
        )
        other = await there.entered("one")
        refused = await over.get("")
        assert (refused.status, await refused.text()) == (403, "this handheld has ended")
        page = await other.watch()
        await page.view()
        clock.by_ms = 3 * YEAR_MS
        assert await ended(page)
        assert (await other.get("")).status == 403


@pytest.mark.parametrize("by_ms", [-3 * YEAR_MS, 10 * YEAR_MS])
async def test_a_clock_that_is_wrong_shuts_out_no_handheld_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_ms: int
) -> None:
    """A box without a battery begins anywhere; without a screen a handheld is its till."""
    monkeypatch.setattr(tls, "LOOK_S", 0.05)
    clock = Turned(by_ms, ClockTrust.UNKNOWN)
    async with standing(tmp_path, clock=clock) as there:
        handheld = there.came(there.made("one"))
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await handheld.get("")  # To whoever has the right time the page's own is of another.
        clock.by_ms, clock.told = 0, ClockTrust.NETWORK
        status = 0
        while status != 200:
            with suppress(aiohttp.ClientConnectorCertificateError):
                status = (await handheld.get("")).status
        page = await handheld.watch()
        await page.view()
        clock.by_ms, clock.told = by_ms, ClockTrust.UNKNOWN
        for _ in range(20):  # Looked at meanwhile, several times.
            await asyncio.sleep(0.05)
            assert (await handheld.get("")).status == 200
        there.front.show(scenes("en")["confirm"])
        assert (await page.view()).screen.state is State.CONFIRM


async def test_who_is_revoked_is_refused_and_what_is_open_ends(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        gone, stays = await there.entered("gone"), await there.entered("stays")
        page, other = await gone.watch(), await stays.watch()
        await page.view()
        await other.view()
        assert there.handhelds.revoke("gone")
        assert await ended(page)
        assert (await gone.get("")).status == 403
        shown = there.front.view()
        assert await gone.touch(Intent(step=shown.screen.step, do="start", value="checkout")) == 403
        assert await stays.touch(Intent(step=shown.screen.step, do="start", value="checkout")) == 204


async def test_only_what_a_page_is_made_of_is_reached(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        handheld = await there.entered("one")
        for path in NOT_HERE:
            assert (await handheld.get(path[1:])).status == 404, path
        back = await handheld.get("enter")
        assert (back.status, back.headers["Location"]) == (303, "/")
        for path in ("page.js", "page.css", "texts/zh-Hans", "icon.svg", "inter.woff2"):
            assert (await handheld.get(path)).status == 200


async def test_a_certificate_without_its_cookie_is_led_to_the_page_alone(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        handheld = await there.entered("one")
        cookie = next(iter(handheld.client.cookie_jar))
        assert cookie.key == COOKIE
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
        assert (cookie["path"], cookie["domain"]) in {("/", ""), ("/", "127.0.0.1")}
        handheld.client.cookie_jar.clear()
        for path in ("events", "texts/en", "page.js"):
            assert (await handheld.get(path)).status == 401
            assert (await handheld.get(path, Cookie=f"{COOKIE}=other")).status == 401
            assert (await handheld.get(path, Cookie=f"{COOKIE}=")).status == 401
        touch = Intent(step=there.front.view().screen.step, do="start", value="checkout")
        assert await handheld.touch(touch) == 401
        assert there.front.taken == []


async def test_the_cookie_of_one_handheld_is_none_for_another(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        one, other = await there.entered("one"), await there.entered("other")
        theirs = next(iter(one.client.cookie_jar)).value
        other.client.cookie_jar.clear()
        assert (await other.get("texts/en", Cookie=f"{COOKIE}={theirs}")).status == 401


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "localhost"}, 421),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({RUN_HEADER: "other"}, 403),
        ({RUN_HEADER: ""}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
async def test_a_forged_touch_does_nothing(tmp_path: Path, changes: Mapping[str, str], said: int) -> None:
    async with standing(tmp_path) as there:
        handheld = await there.entered("one")
        touch = Intent(step=there.front.view().screen.step, do="start", value="checkout")
        assert await handheld.touch(touch, **changes) == said
        assert there.front.taken == []


async def test_the_same_page_without_tls_in_its_origin_is_another(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        handheld = await there.entered("one")
        plain = there.url[:-1].replace("https:", "http:")
        assert (await handheld.get("texts/en", Origin=plain)).status == 403


async def test_a_handheld_takes_no_seat_of_the_counters_pages_and_few_of_its_own(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        handheld, other = await there.entered("one"), await there.entered("other")
        watching = [await handheld.watch() for _ in range(PAGES_EACH)]
        assert (await handheld.get("events")).status == 503
        assert there.kiosk.watchers == 0
        await (await other.watch()).view()
        assert len(watching) == PAGES_EACH


async def test_who_asks_too_often_waits_and_others_do_not(tmp_path: Path) -> None:
    async with standing(tmp_path, clock=Still()) as there:
        handheld, other = await there.entered("one"), await there.entered("other")
        said = [(await handheld.get("icon.svg")).status for _ in range(AT_ONCE + 1)]
        assert said[-1] == 429
        assert said.count(200) == AT_ONCE - 1  # One was the page itself.
        assert (await other.get("icon.svg")).status == 200


async def test_who_connects_too_often_is_hung_up_on_before_any_handshake(tmp_path: Path) -> None:
    """Whoever has no certificate costs the counter's own time by each."""
    async with standing(tmp_path, clock=Still()) as there:
        host, port = there.url.removeprefix("https://").rstrip("/").split(":")
        greets = 0
        for _ in range(AT_ONCE + 5):
            with suppress(ssl.SSLError, ConnectionError):
                reader, writer = await asyncio.open_connection(
                    host, int(port), ssl=ssl.create_default_context(cadata=there.authority)
                )
                greets += 1
                with suppress(ssl.SSLError, ConnectionError):
                    await reader.read()
                writer.close()
        assert greets == AT_ONCE


async def test_where_it_cannot_be_read_who_is_enrolled_nobody_comes_in(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        handheld = await there.entered("one")
        page = await handheld.watch()
        assert isinstance(there.handhelds, Unread)
        there.handhelds.broken = True
        assert await ended(page)
        assert (await handheld.get("")).status == 403
        there.handhelds.broken = False
        status = 403
        while status == 403:
            status = (await handheld.get("")).status
        assert status == 200


async def test_who_has_a_certificate_and_sends_no_whole_header_keeps_no_other_out(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        slow = await there.entered("slow")
        host, port = there.url[8:-1].split(":")
        held = [
            await asyncio.open_connection(host, int(port), ssl=slow.context) for _ in range(FROM_ONE_MAX - 2)
        ]
        for _, writer in held:
            writer.write(b"GET / HTTP/1.1\r\nX-Slow")
        assert (await slow.get("icon.svg")).status == 200
        for _, writer in held:
            writer.transport.abort()


async def test_a_body_too_long_is_refused(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        handheld = await there.entered("one")
        long = Intent(step=1, do="start", value="x" * 2_000)
        assert await handheld.touch(long) == 413
        assert there.front.taken == []


async def test_one_step_is_taken_once_from_a_handheld_and_the_screen(tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        handhelds = [await there.entered(name) for name in ("one", "other")]
        for _ in range(5):
            step = there.front.show(scenes("en")["confirm"])
            said = await asyncio.gather(
                *(one.touch(Intent(step=step, do="confirm", value="")) for one in handhelds)
            )
            assert sorted(said) == [204, 409]
        assert [intent.do for intent in there.front.taken] == ["confirm"] * 5


async def test_by_a_clock_that_nobody_believes_no_authority_begins_there(tmp_path: Path) -> None:
    """It would last from 1970 to 2000, and no handheld could be enrolled once the clock is right."""
    clock = Turned(-SystemClock().wall_ms(), ClockTrust.UNKNOWN)
    front = ScriptedFront(scenes("en")["idle"], STATUS)
    sessions = sessions_beside(tmp_path / "ledger.db", "")
    kiosk = Kiosk(front, Settings(port=0), texts=TABLES, sessions=sessions)
    handhelds = beside(tmp_path / "ledger.db")
    till = Till(kiosk, TillPage(address="127.0.0.1"), handhelds, clock)
    running = [asyncio.create_task(kiosk.run()), asyncio.create_task(till.run())]
    try:
        async with asyncio.timeout(60):
            await kiosk.url()
            await asyncio.sleep(1)
            assert not handhelds.has_authority
            now_ms = SystemClock().wall_ms()
            made = handhelds.enrol("one", SiteId("S1"), PASSPHRASE, serial=9, now_ms=now_ms)
            assert made.until_ms > now_ms + YEAR_MS
            assert (await till.address())[1]
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
