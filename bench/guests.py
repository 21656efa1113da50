"""Terminals that a headquarters has let in, each with a certificate and keys of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from hq.door import Door
from hq.door_postgres import PostgresDoor
from hq.postgres import connected
from terminal.runtime.clock import SystemClock
from terminal.uplink.courier import HttpsCourier
from tests.hq.guest import Guest, keys_of, knocked, named

_DEADLINE_S = 60.0


def dsn_of(data: Path) -> str:
    """Of the PostgreSQL that a headquarters over that folder has started."""
    return f"postgresql://postgres@/postgres?host={quote(sockets_of(data), safe='/')}"


def sockets_of(data: Path) -> str:
    return (data / "postgres" / "postmaster.pid").read_text().splitlines()[4]


async def let_in(data: Path, merchant: str, sites: Iterable[str]) -> dict[str, Guest]:
    """By the door itself; each is instance `i1` of its site."""
    store = await connected(dsn_of(data))
    door = Door(PostgresDoor(store), keys_of(data), SystemClock(), secrets.token_bytes)
    guests = {site: await knocked(door, named(merchant, site)) for site in sites}
    await store.close()
    return guests


def courier_of(guest: Guest, url: str, kept: Path) -> HttpsCourier:
    """The terminal's own; `kept`: a file that is made for it."""
    return HttpsCourier(lambda: url, guest.credentials(kept), deadline_s=_DEADLINE_S)
