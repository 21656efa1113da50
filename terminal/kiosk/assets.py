"""The files of the page: read once, all but the large fonts, served from memory, named by their contents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from io import BytesIO
from typing import Final

from aiohttp import web

from terminal.core.values import Value

_TYPES: Final = {
    "page.html": "text/html",
    "page.css": "text/css",
    "page.js": "text/javascript",
    "display.html": "text/html",
    "display.css": "text/css",
    "display.js": "text/javascript",
    "enter.html": "text/html",
    "enter.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "inter.woff2": "font/woff2",
}
_JOINING: Final = {
    "join.html": "text/html",
    "join.css": "text/css",
    "join.js": "text/javascript",
    "qr.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


class Asset(Value, frozen=True, kw_only=True):
    type: str
    body: bytes
    etag: str


def asset(type: str, body: bytes) -> Asset:  # noqa: A002  the header's own word
    return Asset(type=type, body=body, etag=hashlib.sha256(body).hexdigest()[:16])


def font(name: str) -> Asset:
    return asset("font/woff2", (files("terminal.kiosk") / "page" / name).read_bytes())


def code(address: str) -> Asset:
    """A QR code that leads there (ISO/IEC 18004, error correction M), black on white."""
    import segno  # noqa: PLC0415  50 ms of import, and only where a code is shown

    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=4, light="#fff", scale=8)
    return asset("image/svg+xml", drawn.getvalue())


def joining(language: str, shop: str, *, cars: bool, at_pumps: bool) -> dict[str, Asset]:
    """The files of the page where people join, under the name of the shop. `cars`: it asks for a plate.

    `at_pumps`: whether the code is shown there; else in the shop alone.
    """
    read = _read(_JOINING, language)[0]
    page = read["join.html"]
    body = page.body.replace(b"@shop@", escape(shop).encode()).replace(b"@cars@", b"yes" if cars else b"no")
    body = body.replace(b"@pumps@", b"yes" if at_pumps else b"no")
    return read | {"join.html": asset(page.type, body)}


def loaded(language: str) -> tuple[dict[str, Asset], str]:
    """Every file by its name, and one version of them all: a page of another version loads itself anew."""
    return _read(_TYPES, language)


def _read(types: Mapping[str, str], language: str) -> tuple[dict[str, Asset], str]:
    folder = files("terminal.kiosk") / "page"
    bodies = {name: (folder / name).read_bytes() for name in types}
    version = hashlib.sha256(b"".join(bodies.values())).hexdigest()[:16]
    for page in (name for name in bodies if name.endswith(".html")):
        for place, value in (("@language@", language), ("@version@", version)):
            bodies[page] = bodies[page].replace(place.encode(), value.encode())
    return {name: asset(types[name], body) for name, body in bodies.items()}, version


def answered(request: web.Request, asset: Asset) -> web.Response:
    """The file, or 304 when the browser has this very one. Always asked for: a page is never stale."""
    headers = {"ETag": f'"{asset.etag}"', "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=asset.body, content_type=asset.type, charset="utf-8", headers=headers)
