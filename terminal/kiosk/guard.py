"""Who may speak to the page's server: the page it served itself, in a browser that was let in."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

RUN_HEADER: Final = "X-Terminal-Run"
"""Carries this run's token: proof against forged requests, and against pages of a run that is over."""

COOKIE: Final = "terminal_page"
"""What a browser carries that was let in. Not read by scripts, sent to this page from this page alone."""

ENTRANCE: Final = "/enter"
"""Where the link leads. With what that page is made of it is all that others see."""
_OPEN: Final = frozenset({ENTRANCE, "/enter.js", "/page.css", "/icon.svg", "/inter.woff2"})

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Server": "terminal",
}


_OWN_PORT: Final = {"http": 80, "https": 443}
"""What a browser leaves out, of `Host` and of `Origin` (RFC 9110, section 4.2.3; RFC 6454, section 6.2)."""


def hosts_of(address: str, port: int, scheme: str = "http") -> frozenset[str]:
    """What `Host` may say to reach us, exactly. A name that was rebound to us is not among them."""
    literal = f"[{address}]" if ip_address(address).version == 6 else address  # noqa: PLR2004  IP version
    names = {literal, "localhost"}
    return frozenset({f"{name}:{port}" for name in names} | (names if port == _OWN_PORT[scheme] else set()))


async def marked(_: web.Request, response: web.StreamResponse) -> None:
    """Every answer carries the rules for its page, refusals too."""
    response.headers.update(HEADERS)


def guard_of(hosts: frozenset[str], knows: Callable[[str], bool]) -> Middleware:
    """The check that every request passes, also those for pages that do not exist."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        check(request, hosts, ENTRANCE)
        if request.path not in _OPEN and not knows(request.cookies.get(COOKIE, "")):
            if request.path == "/" and request.method == "GET":
                raise web.HTTPSeeOther(ENTRANCE)
            raise web.HTTPUnauthorized(text="this screen is not let in")
        return await handler(request)

    return guard


def check(request: web.Request, hosts: frozenset[str], entrance: str, scheme: str = "http") -> None:
    """`entrance`: what alone may be opened from another site.

    Raises HTTPMisdirectedRequest or HTTPForbidden.
    """
    host = request.headers.get("Host", "")
    if host not in hosts:
        raise web.HTTPMisdirectedRequest(text="this host is not served here")
    origin = request.headers.get("Origin")
    if origin is None and request.method not in {"GET", "HEAD"}:
        raise web.HTTPForbidden(text="no origin")
    if origin is not None and origin != f"{scheme}://{host}":
        raise web.HTTPForbidden(text="another origin")
    # From a file that names the link, or a code that was scanned.
    entering = request.method == "GET" and request.path == entrance
    if not entering and request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        raise web.HTTPForbidden(text="another site")
