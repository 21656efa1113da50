"""Who is let in, and what every answer forbids the browser to do."""

import asyncio
import re
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from lab.screens.visitor import Serve, Served
from terminal.kiosk.guard import check, hosts_of

INTENT = b'{"step":1,"do":"start","value":"checkout"}'


async def _raw(served: Served, request: str) -> bytes:
    place = urlsplit(served.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(request.encode())
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_the_page_and_its_files_are_served_under_a_strict_policy(serve: Serve) -> None:
    served = await serve()
    for path, kind in {
        "/": "text/html",
        "/enter": "text/html",
        "/enter.js": "text/javascript",
        "/page.css": "text/css",
        "/page.js": "text/javascript",
        "/icon.svg": "image/svg+xml",
        "/inter.woff2": "font/woff2",
        "/hans.woff2": "font/woff2",
        "/hans-bold.woff2": "font/woff2",
        "/hant.woff2": "font/woff2",
        "/hant-bold.woff2": "font/woff2",
        "/more.woff2": "font/woff2",
        "/texts/zh-Hans": "application/json",
    }.items():
        answer = await served.get(path)
        assert (answer.status, answer.content_type) == (200, kind)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]
        assert "aiohttp" not in answer.headers["Server"]


async def test_refusals_carry_the_policy_too(serve: Serve) -> None:
    served = await serve()
    for path in ("/nothing", "/page.html", "/../settings.py", "/intent"):
        answer = await served.get(path)
        assert answer.status in {404, 405}
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_the_page_holds_no_script_or_style_of_its_own_and_names_no_other_host(serve: Serve) -> None:
    served = await serve()
    page = await (await served.get("/")).text()
    assert re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page) is None
    assert "@language@" not in page
    assert "@version@" not in page
    for path in ("/", "/page.css", "/page.js"):
        text = await (await served.get(path)).text()
        assert set(re.findall(r"(?:https?:)?//[a-z][\w.-]+\.\w+[^\s\"']*", text)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xhtml",
        }


async def test_a_file_that_the_browser_has_is_not_sent_again(serve: Serve) -> None:
    served = await serve()
    first = await served.get("/page.js")
    again = await served.get("/page.js", **{"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost", "127.0.0.1.evil.example:80", ""])
async def test_another_host_name_is_not_served(serve: Serve, host: str) -> None:
    served = await serve()
    for path in ("/", "/events", "/texts/en"):
        assert b" 421 " in await _raw(served, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")
    assert b" 421 " in await _raw(served, "GET / HTTP/1.0\r\n\r\n")


async def test_both_names_of_this_machine_are_served(serve: Serve) -> None:
    served = await serve()
    port = urlsplit(served.url).port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert b" 200 " in await _raw(served, f"GET /enter HTTP/1.1\r\nHost: {host}\r\n\r\n")


def refused(scheme: str, port: int, host: str, origin: str = "") -> int:
    """What a page of 192.168.1.9 answers to a touch; 0: it is let through."""
    headers = {"Host": host, "Origin": origin or f"{scheme}://{host}"}
    try:
        hosts = hosts_of("192.168.1.9", port, scheme)
        check(make_mocked_request("POST", "/intent", headers=headers), hosts, "/", scheme)
    except web.HTTPException as answer:
        return answer.status
    return 0


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("https", 443)])
def test_a_port_that_browsers_leave_out_is_left_out_of_host_and_origin(scheme: str, port: int) -> None:
    for host in ("192.168.1.9", "localhost", f"192.168.1.9:{port}"):
        assert refused(scheme, port, host) == 0
    for host in ("192.168.1.9:", "192.168.1.9:8322", "192.168.1.90", "evil.example", f"evil.example:{port}"):
        assert refused(scheme, port, host) == 421
    for origin in ("http://192.168.1.9", "https://192.168.1.9", "https://192.168.1.9:80", "null"):
        let_in = origin == f"{scheme}://192.168.1.9"
        assert refused(scheme, port, "192.168.1.9", origin) == (0 if let_in else 403)


@pytest.mark.parametrize(("scheme", "port"), [("http", 443), ("https", 80), ("http", 8322), ("https", 8323)])
def test_no_other_port_is_left_out(scheme: str, port: int) -> None:
    assert refused(scheme, port, "192.168.1.9") == refused(scheme, port, "localhost") == 421
    assert refused(scheme, port, f"192.168.1.9:{port}") == 0


def test_an_address_of_six_is_named_in_brackets() -> None:
    assert hosts_of("fd00::9", 80) == {"[fd00::9]", "[fd00::9]:80", "localhost", "localhost:80"}


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "https://127.0.0.1", "http://localhost"])
async def test_another_origin_gets_nothing(serve: Serve, origin: str) -> None:
    served = await serve()
    assert (await served.get("/events", Origin=origin)).status == 403
    assert (await served.get("/texts/en", Origin=origin)).status == 403
    assert await served.post(INTENT, Origin=origin) == 403
    assert served.front.taken == served.front.refused == []


async def test_another_site_may_not_even_read(serve: Serve) -> None:
    served = await serve()
    for site in ("cross-site", "same-site"):
        assert (await served.get("/texts/en", **{"Sec-Fetch-Site": site})).status == 403
    assert (await served.get("/texts/en", **{"Sec-Fetch-Site": "same-origin"})).status == 200


async def test_a_post_without_origin_is_forged(serve: Serve) -> None:
    served = await serve()
    assert await served.post(INTENT, Origin="") == 403
    assert served.front.taken == []


async def test_a_preflight_is_refused(serve: Serve) -> None:
    served = await serve()
    asks = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    async with served.client.options(served.origin + "/intent", headers=asks) as answer:
        assert answer.status == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
