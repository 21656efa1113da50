"""The files of the page: read once, all but the large fonts, served from memory, named by their contents."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from io import BytesIO
from typing import Final

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


def loaded(language: str) -> tuple[dict[str, Asset], str]:
    """Every file by its name, and one version of them all: a page of another version loads itself anew."""
    folder = files("terminal.kiosk") / "page"
    bodies = {name: (folder / name).read_bytes() for name in _TYPES}
    version = hashlib.sha256(b"".join(bodies.values())).hexdigest()[:16]
    for page in (name for name in bodies if name.endswith(".html")):
        for place, value in (("@language@", language), ("@version@", version)):
            bodies[page] = bodies[page].replace(place.encode(), value.encode())
    return {name: asset(_TYPES[name], body) for name, body in bodies.items()}, version
