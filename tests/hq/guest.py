"""A machine that was let in, as tests need one: by a real code, though not over the network."""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
from base64 import b64decode
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hq.door import Door
from hq.door_postgres import PostgresDoor
from hq.keys import Keys, keys_in
from hq.postgres import connected
from terminal.core.values import SiteId, TerminalId, Value
from terminal.core.wire.enrol import Enrol, Enrolled, enrol_proof, read_code
from terminal.runtime.authority import Identity
from terminal.runtime.box import box_public
from terminal.runtime.clock import SystemClock
from terminal.uplink.credentials import Credentials, Enrolment, tls_with
from terminal.uplink.enrolling import life_of, new_request

_Done = TypeVar("_Done")


class Guest(Value, frozen=True, kw_only=True):
    """Its keys; a file of it makes another process the same machine."""

    enrolment: Enrolment
    seed: bytes
    """Of the site key."""

    def sign(self, message: bytes) -> tuple[bytes, bytes]:
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        return key.sign(message), key.public_key().public_bytes_raw()

    def credentials(self, path: Path) -> Credentials:
        path.write_bytes(msgspec.json.encode(self.enrolment))
        return Credentials(path, self.sign)

    def tls(self) -> ssl.SSLContext:
        return tls_with(self.enrolment)

    def saved(self, path: Path) -> Path:
        path.write_bytes(msgspec.json.encode(self))
        return path


def guest_in(path: Path) -> Guest:
    return msgspec.json.decode(path.read_bytes(), type=Guest)


def keys_of(data: Path) -> Keys:
    return keys_in(data, serial=1, now_ms=SystemClock().wall_ms())


def anyhow(work: Coroutine[Any, Any, _Done]) -> _Done:
    """Also where an event loop runs already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def let_in(data: Path, dsn: str, identity: Identity, url: str, instance: str) -> Guest:
    return anyhow(_let_in(data, dsn, identity, url, instance))


async def _let_in(data: Path, dsn: str, identity: Identity, url: str, instance: str) -> Guest:
    store = await connected(dsn)
    try:
        door = Door(PostgresDoor(store), keys_of(data), SystemClock(), secrets.token_bytes)
        return await knocked(door, identity, url, instance)
    finally:
        await store.close()


async def knocked(door: Door, identity: Identity, url: str = "", instance: str = "i1") -> Guest:
    return await presenting(door, identity, await door.code_for(identity), url, instance)


async def presenting(
    door: Door, identity: Identity, typed: str, url: str = "", instance: str = "i1"
) -> Guest:
    """With a code that somebody has."""
    seed, box_key = os.urandom(32), os.urandom(32)
    tls_key, request = new_request()
    code = read_code(typed)
    asked = Enrol(
        merchant=identity.merchant,
        site=identity.site,
        terminal=identity.terminal,
        instance=instance,
        code=code.id,
        site_key=Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex(),
        box_key=box_public(box_key).hex(),
        request=request,
        mac="0" * 64,
    )
    told = await door.enrol(msgspec.structs.replace(asked, mac=code.mac(enrol_proof(asked))))
    return Guest(enrolment=_enrolment(told, url, tls_key, box_key), seed=seed)


def _enrolment(told: Enrolled, url: str, tls_key: str, box_key: bytes) -> Enrolment:
    assert b64decode(told.token_key)
    since_ms, until_ms = life_of(told.certificate, tls_key)
    return Enrolment(
        url=url,
        merchant=told.merchant,
        site=told.site,
        terminal=told.terminal,
        certificate=told.certificate,
        tls_key=tls_key,
        authority=told.authority,
        since_ms=since_ms,
        until_ms=until_ms,
        box_key=box_key,
        hq_key=bytes.fromhex(told.hq_key),
        hq_box_key=bytes.fromhex(told.hq_box_key),
        code_key=bytes.fromhex(told.code_key),
    )


def named(merchant: str, site: str = "S1", terminal: str = "T1") -> Identity:
    return Identity(merchant=merchant, site=SiteId(site), terminal=TerminalId(terminal))
