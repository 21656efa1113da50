"""A browser shows the page once it was let in, by a link that lets in one."""

from __future__ import annotations

import asyncio
import stat
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from lab.screens.visitor import Serve
from lab.shop.counter import NotSeen, entered, way_in
from terminal.kiosk.guard import COOKIE
from terminal.kiosk.sessions import KEPT_MAX, Sessions, beside, fresh
from terminal.runtime.durable import put

PAGE = "http://127.0.0.1:1/"


def opened(tmp_path: Path) -> Sessions:
    sessions = beside(tmp_path / "ledger.db", "")
    sessions.open(PAGE)
    return sessions


def word_of(sessions: Sessions) -> str:
    url, _, word = sessions.link.read_text(encoding="ascii").partition("enter#")
    assert url == PAGE
    assert word.endswith("\n")
    return word.strip()


def stranger() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


def test_a_word_lets_one_browser_in(tmp_path: Path) -> None:
    sessions = opened(tmp_path)
    first = word_of(sessions)
    cookie = sessions.enter(first)
    assert cookie is not None
    assert sessions.knows(cookie)
    assert sessions.enter(first) is None
    second = word_of(sessions)
    assert second != first
    other = sessions.enter(second)
    assert other is not None
    assert other != cookie
    assert sessions.knows(cookie)
    assert sessions.knows(other)


@pytest.mark.parametrize("word", ["", "x", "é", "\ud800", "0" * 64])
def test_another_word_lets_nobody_in(tmp_path: Path, word: str) -> None:
    sessions = opened(tmp_path)
    right = word_of(sessions)
    assert sessions.enter(word) is None
    assert sessions.enter(right[:-1]) is None
    assert word_of(sessions) == right
    assert not sessions.knows(word)
    assert not sessions.knows(right)


def test_nothing_lets_anybody_in_before_it_is_open(tmp_path: Path) -> None:
    sessions = beside(tmp_path / "ledger.db", "")
    assert sessions.enter("") is None
    assert not sessions.link.exists()


def test_a_terminal_that_starts_anew_knows_its_screen_and_no_word_of_before(tmp_path: Path) -> None:
    sessions = opened(tmp_path)
    used = word_of(sessions)
    cookie = sessions.enter(used)
    assert cookie is not None
    before = word_of(sessions)
    sessions.close()
    again = opened(tmp_path)
    assert again.knows(cookie)
    assert again.enter(before) is None
    assert again.enter(used) is None
    assert word_of(again) != before


def test_a_screen_that_began_while_the_terminal_was_killed_comes_in_when_it_is_back(tmp_path: Path) -> None:
    """It has read the link, and would stand before a closed door until somebody starts it anew."""
    word = word_of(opened(tmp_path))
    again = opened(tmp_path)
    assert again.enter(word) is not None
    assert again.enter(word) is None


@pytest.mark.parametrize("left", [b"", b"\xff", b"x", b"enter#" + b"A" * 43 + b"\n"])
def test_what_was_left_and_is_no_link_of_ours_lets_nobody_in(tmp_path: Path, left: bytes) -> None:
    for spoilt in (left, left and b"http://127.0.0.1:2/" + left, left and PAGE.encode() + left[:-1]):
        (tmp_path / "ledger.link").write_bytes(spoilt)
        sessions = opened(tmp_path)
        assert sessions.enter("A" * 43) is None
        assert word_of(sessions) != "A" * 43


def test_a_word_that_was_used_lets_nobody_in_however_soon_it_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first thing that is written, and after the second."""
    for writes in (0, 1, 2):
        sessions, left = opened(tmp_path), [writes]
        word = word_of(sessions)

        def killed(path: Path, data: bytes, left: list[int] = left) -> None:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            put(path, data)

        monkeypatch.setattr("terminal.kiosk.sessions.put", killed)
        with suppress(KeyboardInterrupt):
            sessions.enter(word)
        monkeypatch.undo()
        again = opened(tmp_path)
        assert (again.enter(word) is not None) is (writes == 0), "then nobody was let in"


def test_what_is_kept_gives_nobody_a_cookie(tmp_path: Path) -> None:
    sessions = opened(tmp_path)
    cookie = sessions.enter(word_of(sessions))
    kept = tmp_path / "ledger.pages"
    assert cookie is not None
    assert cookie not in kept.read_text(encoding="ascii")
    assert not sessions.knows(kept.read_text(encoding="ascii").strip())
    assert {stat.S_IMODE(one.stat().st_mode) for one in (kept, sessions.link)} == {0o600}


def test_the_one_that_came_first_goes_for_the_next(tmp_path: Path) -> None:
    sessions = opened(tmp_path)
    cookies = [sessions.enter(word_of(sessions)) or "" for _ in range(KEPT_MAX + 1)]
    assert [sessions.knows(one) for one in cookies] == [False, *[True] * KEPT_MAX]
    again = opened(tmp_path)
    assert [again.knows(one) for one in cookies] == [False, *[True] * KEPT_MAX]


def test_a_file_that_was_spoilt_lets_nobody_in_and_stops_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "ledger.pages"
    kept.write_bytes(b"\xff\xfe\n\nzz\n" + b"a" * 63 + b"\n" + b"A" * 64 + b"\n")
    sessions = opened(tmp_path)
    assert not sessions.knows("")
    cookie = sessions.enter(word_of(sessions))
    assert cookie is not None
    assert len(kept.read_text(encoding="ascii").splitlines()) == 1


def test_a_link_of_its_own_is_read_by_the_group_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    sessions = beside(tmp_path / "ledger.db", str(tmp_path / "run" / "link"))
    sessions.open(PAGE)
    assert sessions.link == tmp_path / "run" / "link"
    assert stat.S_IMODE(sessions.link.stat().st_mode) == 0o640
    assert sessions.enter(word_of(sessions)) is not None
    assert stat.S_IMODE(sessions.link.stat().st_mode) == 0o640


def test_a_folder_that_takes_nothing_keeps_those_who_are_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "run").mkdir()
    link = tmp_path / "run" / "link"
    sessions = beside(tmp_path / "data" / "ledger.db", str(link))  # There is no folder data.
    sessions.open(PAGE)
    cookie = sessions.enter(word_of(sessions))
    assert cookie is not None
    assert sessions.knows(cookie)
    assert "let in until the terminal starts anew" in caplog.text
    link.unlink()
    (tmp_path / "run").rmdir()
    sessions.open(PAGE)
    assert sessions.knows(cookie)
    assert "no other screen is let in" in caplog.text
    assert cookie not in caplog.text


def test_the_link_ends_with_the_page(tmp_path: Path) -> None:
    sessions = opened(tmp_path)
    word = word_of(sessions)
    sessions.close()
    assert not sessions.link.exists()
    assert sessions.enter(word) is None
    sessions.close()


def test_each_token_is_another_of_256_bits() -> None:
    one, other = fresh(), fresh()
    assert one != other
    assert len(one) == 43


async def test_who_was_not_let_in_sees_nothing_and_touches_nothing(serve: Serve) -> None:
    served = await serve()
    async with stranger() as nobody:
        for path in ("/page.js", "/events", "/texts/en", "/hans.woff2", "/nothing", "/enter/", "//enter"):
            async with nobody.get(served.origin + path) as answer:
                assert answer.status == 401
        async with nobody.get(served.url, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/enter")
        headers = {"Origin": served.origin, "X-Terminal-Run": served.kiosk.token}
        body = {"step": served.front.view().screen.step, "do": "start", "value": "checkout"}
        async with nobody.post(served.origin + "/intent", json=body, headers=headers) as answer:
            assert answer.status == 401
        for wrong in ("", "x" * 43):
            headers = {"Cookie": f"{COOKIE}={wrong}"}
            async with nobody.get(served.origin + "/events", headers=headers) as answer:
                assert answer.status == 401
    assert served.front.taken == []


async def test_the_cookie_is_read_by_no_script_and_comes_with_no_link(serve: Serve) -> None:
    served = await serve()
    _, _, word = way_in(str(served.kiosk.link)).partition("#")
    async with (
        stranger() as nobody,
        nobody.post(
            served.origin + "/enter", json={"word": word}, headers={"Origin": served.origin}
        ) as answer,
    ):
        assert answer.status == 204
        said = answer.headers["Set-Cookie"]
        assert said.startswith(f"{COOKIE}=")
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in said.split(";")}
        assert "Expires" not in said
        assert "Max-Age" not in said


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b'{"word":1}', 400),
        (b'{"word":"%s"}' % (b"x" * 65), 400),
        (b'{"word":"%s"}' % (b"x" * 2000), 413),
        (b'{"word":""}', 403),
        (b'{"word":"nothing"}', 403),
    ],
)
async def test_what_is_not_the_word_is_refused(serve: Serve, body: bytes, status: int) -> None:
    served = await serve()
    headers = {"Origin": served.origin, "Content-Type": "application/json"}
    before = way_in(str(served.kiosk.link))
    async with stranger() as nobody:
        async with nobody.post(served.origin + "/enter", data=body, headers=headers) as answer:
            assert answer.status == status
            assert "Set-Cookie" not in answer.headers
        for origin in ("http://evil.example", "null", f"http://localhost:{urlsplit(served.url).port}"):
            changed = headers | {"Origin": origin}
            word = {"word": before.partition("#")[2]}
            async with nobody.post(served.origin + "/enter", json=word, headers=changed) as answer:
                assert answer.status == 403
    assert way_in(str(served.kiosk.link)) == before


async def test_who_is_in_stays_in_whatever_the_word(serve: Serve) -> None:
    served = await serve()
    before = way_in(str(served.kiosk.link))
    headers = {"Origin": served.origin}
    async with served.client.post(served.origin + "/enter", json={"word": ""}, headers=headers) as answer:
        assert answer.status == 204
    assert way_in(str(served.kiosk.link)) == before


async def test_the_entrance_may_be_opened_from_elsewhere_and_nothing_else_may(serve: Serve) -> None:
    served = await serve()
    for path, status in {"/enter": 200, "/enter.js": 403, "/": 403, "/events": 403}.items():
        answer = await served.get(path, **{"Sec-Fetch-Site": "cross-site"})
        assert answer.status == status


async def test_a_page_that_is_served_no_more_leaves_no_link(serve: Serve) -> None:
    served = await serve()
    assert served.running is not None
    assert served.kiosk.link.exists()
    served.running.cancel()
    await asyncio.gather(served.running, return_exceptions=True)
    assert not served.kiosk.link.exists()


async def test_two_with_one_link_do_not_both_come_in_by_it(serve: Serve, tmp_path: Path) -> None:
    served = await serve()
    stale = tmp_path / "stale"
    stale.write_text(way_in(str(served.kiosk.link)))
    async with stranger() as one, stranger() as other:
        await entered(one, str(stale))
        with pytest.raises(NotSeen):
            await entered(other, str(stale))


async def test_of_two_at_once_the_second_finds_the_next_link(serve: Serve) -> None:
    served = await serve()
    async with stranger() as one, stranger() as other:
        await asyncio.gather(*(entered(browser, str(served.kiosk.link)) for browser in (one, other)))
        for browser in (one, other):
            async with browser.get(served.origin + "/page.js") as answer:
                assert answer.status == 200
