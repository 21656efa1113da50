"""What pages are told, and what becomes of what they send."""

import asyncio
import logging
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lab.screens.front import ScriptedFront
from lab.screens.scenes import OFFLINE, STATUS, scenes
from lab.screens.visitor import Serve, Served, Watching
from terminal.core.screens import Intent, Line, Screen, State, View, says
from terminal.kiosk.server import Kiosk
from terminal.kiosk.sessions import Sessions, beside
from terminal.kiosk.settings import Settings
from terminal.kiosk.telling import framed

SCENES = scenes("en")
TEXTS = {"zh-Hans": {"Cancel": "取消"}, "en": {}}
SLOW_VIEWS = 3_000


def _body(served: Served, do: str = "start", value: str = "checkout", step: int | None = None) -> bytes:
    shown = served.front.view().screen.step
    return msgspec.json.encode(Intent(step=shown if step is None else step, do=do, value=value))


# Telling


async def test_a_page_is_greeted_and_told_the_view_of_now(serve: Serve) -> None:
    served = await serve()
    page = await served.watch()
    assert await page.run() == served.kiosk.token
    assert await page.view() == served.front.view()


async def test_every_change_reaches_every_page(serve: Serve) -> None:
    served = await serve()
    pages = [await served.watch() for _ in range(3)]
    for page in pages:
        assert (await page.view()).screen.state is State.IDLE
    served.front.show(SCENES["confirm"])
    for page in pages:
        assert (await page.view()).screen.amount == "¥100.74"
    served.front.tell(OFFLINE)
    for page in pages:
        assert (await page.view()).status.waiting == 128


async def test_a_page_hears_a_beat_while_nothing_happens(serve: Serve) -> None:
    served = await serve(heartbeat_s=0.01)
    page = await served.watch()
    await page.view()
    assert [await page.next() for _ in range(3)] == [("beat", "")] * 3


async def test_one_page_too_many_is_asked_to_come_back(serve: Serve) -> None:
    served = await serve(watchers_max=2, heartbeat_s=0.01)
    first = await served.get("/events")
    await served.watch()
    full = await served.get("/events")
    assert (full.status, full.headers["Retry-After"]) == (503, "2")
    first.close()
    async with asyncio.timeout(60):
        while (await served.get("/events")).status != 200:
            pass  # The place is free after the next beat.


async def test_a_page_that_does_not_read_skips_to_the_newest_view(serve: Serve) -> None:
    served = await serve()
    slow = await _unread(served)
    fast = await served.watch()
    for step in range(SLOW_VIEWS):
        served.front.show(_long_screen())
        if step % 10 == 0:
            assert (await fast.view()).screen.step > step
    newest = served.front.view()
    while (await fast.view()) != newest:
        pass
    told = await _read_until(slow, framed(newest))
    assert told.count(b"event: view") < SLOW_VIEWS / 3
    slow.close()


async def test_a_page_that_takes_nothing_is_let_go(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    served = await serve(send_s=0.05)
    slow = await _unread(served)
    served.front.show(_long_screen())
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(60):
        while served.kiosk.watchers:
            served.front.show(_long_screen())
            await asyncio.sleep(0)
        with suppress(ConnectionError):
            while await loop.sock_recv(slow, 65_536):
                pass
    assert "page let go" in caplog.text
    slow.close()


async def test_each_language_comes_by_itself(serve: Serve) -> None:
    served = await serve()
    for language, sentences in TEXTS.items():
        assert await (await served.get(f"/texts/{language}")).json() == sentences
    assert await (await served.get("/texts/zh-Hant")).json() == {}
    for other in ("fr", "zh", "zh-Hans/en", ""):
        assert (await served.get(f"/texts/{other}")).status == 404


@given(name=st.text(max_size=60))
def test_a_view_is_one_event_whatever_names_hold(name: str) -> None:
    screen = Screen(
        state=State.CART, step=1, title=says("{name}", name=name), lines=(Line(label=says(name)),)
    )
    frame = framed(View(screen=screen, status=STATUS))
    lines = frame.decode().split("\n")
    assert [line.partition(":")[0] for line in lines] == ["event", "data", "", ""]
    assert not {"\r", "\x00"} & set(frame.decode())
    assert msgspec.json.decode(lines[1].removeprefix("data: "), type=View).screen == screen


# Being touched


async def test_a_touch_reaches_the_counter_once(serve: Serve) -> None:
    served = await serve()
    body = _body(served)
    assert await served.post(body) == 204
    assert await served.post(body) == 409
    assert [intent.value for intent in served.front.taken] == ["checkout"]


async def test_a_touch_on_an_old_screen_does_nothing(serve: Serve) -> None:
    served = await serve()
    body = _body(served)
    served.front.show(SCENES["confirm"])
    assert await served.post(body) == 409
    assert await served.post(_body(served, "confirm", "", step=0)) == 409
    assert served.front.taken == []


async def test_a_button_that_the_screen_lacks_does_nothing(serve: Serve) -> None:
    served = await serve()
    assert await served.post(_body(served, "confirm", "")) == 409


async def test_the_token_of_another_run_does_nothing(serve: Serve) -> None:
    served, other = await serve(), await serve()
    body = _body(served)
    for token in ("", "x", "é", other.kiosk.token):
        assert await served.post(body, X_Terminal_Run=token) == 403
    assert served.front.taken == served.front.refused == []


async def test_only_json_is_read(serve: Serve) -> None:
    served = await serve()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert await served.post(_body(served), Content_Type=kind) == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"step":1}',
        b'{"step":"1","do":"start"}',
        b'{"step":1,"do":"start","extra":1}',
        b'{"step":1.5,"do":"start"}',
        b'{"step":1,"do":"' + b"x" * 17 + b'"}',
        b'{"step":1,"do":"key","value":"' + b"9" * 65 + b'"}',
        b"[" * 900,
    ],
)
async def test_what_is_no_intent_is_refused(serve: Serve, body: bytes) -> None:
    served = await serve()
    assert await served.post(body) == 400
    assert served.front.taken == served.front.refused == []


async def test_a_body_is_short(serve: Serve) -> None:
    served = await serve()
    assert await served.post(b'{"step":1,"do":"start","value":"' + b" " * 2_000 + b'"}') == 413


async def test_what_was_keyed_is_not_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    served = await serve()
    await served.post(b'{"step":1,"do":"key","value":"13800138000","extra":1}')
    await served.post(_body(served, "key", "13800138000"))
    assert "13800138000" not in caplog.text


# Beginning and ending


async def test_what_is_no_request_writes_no_error_line(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    served = await serve()
    port = int(served.url.rpartition(":")[2].strip("/"))
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /enter HTTP/1.1\r\nX\x00: 1\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.0 400")
        writer.close()
    said = [one for one in caplog.records if one.name.startswith(("aiohttp", "terminal.runtime"))]
    assert [one.getMessage() for one in said] == ["what came was no request: times=1"]


async def test_pages_are_told_the_end_and_the_place_is_free_again(serve: Serve, tmp_path: Path) -> None:
    served = await serve()
    page = await served.watch()
    await page.view()
    assert served.running is not None
    served.running.cancel()
    async with asyncio.timeout(60):
        while (await page.next()) != ("", ""):
            pass
        await asyncio.gather(served.running, return_exceptions=True)
    place = urlsplit(served.url)
    again = Kiosk(served.front, Settings(port=place.port or 0), texts=TEXTS, sessions=_sessions(tmp_path))
    running = asyncio.create_task(again.run())
    assert await again.url() == served.url
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_it_can_be_run_again_and_old_tokens_are_void(serve: Serve) -> None:
    served = await serve()
    assert served.running is not None
    old = served.kiosk.token
    served.running.cancel()
    await asyncio.gather(served.running, return_exceptions=True)
    served.running = asyncio.create_task(served.kiosk.run())
    served.origin = (await served.kiosk.url()).rstrip("/")
    assert served.kiosk.token != old
    assert await served.post(_body(served), X_Terminal_Run=old) == 403
    assert await served.post(_body(served)) == 204


async def test_a_taken_address_is_a_fault(serve: Serve, tmp_path: Path) -> None:
    served = await serve()
    settings, sessions = Settings(port=urlsplit(served.url).port or 0), _sessions(tmp_path)
    second = Kiosk(served.front, settings, texts=TEXTS, sessions=sessions)
    with pytest.raises(OSError, match="in use"):
        await second.run()
    assert not sessions.link.exists()


async def test_a_counter_that_stops_telling_is_a_crash(tmp_path: Path) -> None:
    class Mute(ScriptedFront):
        async def changes(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
            yield self.view()

    front, sessions = Mute(SCENES["idle"], STATUS), _sessions(tmp_path)
    kiosk = Kiosk(front, Settings(port=0), texts=TEXTS, sessions=sessions)
    with pytest.raises(RuntimeError, match="stopped telling"):
        await kiosk.run()


def _long_screen() -> Screen:
    lines = tuple(Line(label=says("{name}", name="x" * 40), value="¥1.00") for _ in range(60))
    return replace(SCENES["cart"], lines=lines)


def _sessions(folder: Path) -> Sessions:
    return beside(folder / "ledger.db", "")


async def _unread(served: Served) -> socket.socket:
    """A page that has asked for events and reads none of them."""
    place = urlsplit(served.url)
    page = socket.socket()
    page.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    page.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(page, (place.hostname, place.port))
    await loop.sock_sendall(page, _events_of(served, place.netloc))
    assert await loop.sock_recv(page, 12) == b"HTTP/1.1 200"
    return page


def _events_of(served: Served, host: str) -> bytes:
    (cookie,) = served.client.cookie_jar
    return f"GET /events HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie.key}={cookie.value}\r\n\r\n".encode()


async def _read_until(page: socket.socket, frame: bytes) -> bytes:
    loop, told = asyncio.get_running_loop(), b""
    async with asyncio.timeout(60):
        while frame[-400:] not in told:
            told += await loop.sock_recv(page, 65_536)
    return told


async def test_the_second_screen_is_there_where_it_is_set(serve: Serve) -> None:
    served = await serve(display=True, display_join="https://members.example/m/M1")
    for path, kind in {
        "/display": "text/html",
        "/display.css": "text/css",
        "/display.js": "text/javascript",
        "/display/join.svg": "image/svg+xml",
        "/display/events": "text/event-stream",
    }.items():
        answer = await served.get(path)
        assert (answer.status, answer.content_type) == (200, kind)
    plain = await serve()
    for path in ("/display", "/display.js", "/display/join.svg", "/display/events"):
        assert (await plain.get(path)).status == 404
    nowhere = await serve(display=True)
    assert (await nowhere.get("/display/join.svg")).status == 404


async def test_the_second_screen_hears_what_the_customer_may(serve: Serve) -> None:
    served = await serve(display=True)
    page = Watching(await served.get("/display/events"))
    assert await page.run() == ""
    event, data = await page.next()
    assert event == "view"
    assert msgspec.json.decode(data) == {
        "shop": STATUS.shop,
        "rows": [{"label": None, "value": ""}] * 2,
        "state": "idle",
        "training": False,
        "open": True,
        "join": False,
    }
    served.front.show(SCENES["closed"])
    while event != "view" or msgspec.json.decode(data)["open"]:
        event, data = await page.next()
    assert msgspec.json.decode(data)["state"] == "closed"
