"""A connection may be kept for months: who may speak on it is asked at each request."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hq.bell import Ear
from hq.door import CERTIFICATE_LIFE, Machine
from terminal.core.values import SiteId
from terminal.core.wire.enrol import RENEW_PATH
from terminal.core.wire.journal import HELLO_PATH, PUSH_PATH, Push
from terminal.core.wire.rights import FEED_PATH
from terminal.core.wire.signing import SIGNATURE_HEADER, request_signed
from terminal.uplink.enrolling import new_request
from terminal.uplink.lines import Lines
from tests.hq.guest import Guest, knocked, named
from tests.hq.standing import Stood, standing
from tests.uplink.journal import Journal

WHO: dict[str, Any] = {"merchant": "m", "site": "S1", "instance": "i1"}


def signed(guest: Guest, path: str, body: bytes) -> dict[str, str]:
    return {SIGNATURE_HEADER: b64encode(guest.sign(request_signed(path, body))[0]).decode()}


async def said(lines: Lines, guest: Guest, path: str, **more: object) -> tuple[int, str]:
    body = msgspec.json.encode({**WHO, **more})
    answer = await lines.post(path, body, signed(guest, path, body), bytes_max=100_000)
    return answer.status, msgspec.json.decode(answer.body).get("code", "")


@pytest.mark.parametrize("path", [HELLO_PATH, PUSH_PATH, FEED_PATH, RENEW_PATH])
async def test_who_lets_the_certificate_expire_is_out_at_the_next_request(tmp_path: Path, path: str) -> None:
    async with standing(tmp_path) as stood:
        guest = await knocked(stood.door, named("m"))
        lines = Lines(stood.url, guest.tls())
        assert await said(lines, guest, HELLO_PATH) == (200, "")
        stood.clock.later_ms = (CERTIFICATE_LIFE - timedelta(hours=1)) // timedelta(milliseconds=1)
        assert await said(lines, guest, HELLO_PATH) == (200, "")
        stood.clock.later_ms += 3_600_000 * 2
        request = {"request": new_request()[1]} if path == RENEW_PATH else {}
        assert await said(lines, guest, path, **request) == (403, "certificate")
        lines.close()


async def shut_out(stood: Stood) -> None:
    assert await stood.door_store.revoke(named("m"), stood.clock.wall_ms(), "stolen") == 1


async def test_a_feed_that_waits_tells_nothing_to_who_was_shut_out_meanwhile(tmp_path: Path) -> None:
    async with asyncio.timeout(60), standing(tmp_path) as stood:
        guest = await knocked(stood.door, named("m"))
        lines = Lines(stood.url, guest.tls())
        assert await said(lines, guest, HELLO_PATH) == (200, "")
        waits, listen = asyncio.Event(), stood.exchange.bell.listen

        def noted(merchant: str, site: SiteId, after: int) -> Ear:
            waits.set()
            return listen(merchant, site, after)

        stood.exchange.bell.listen = noted  # type: ignore[method-assign]
        asked = asyncio.create_task(said(lines, guest, FEED_PATH, hq_epoch=1, after=0, wait_ms=20_000))
        await waits.wait()
        await shut_out(stood)
        stood.exchange.bell.ring("m", [SiteId("S1")])
        assert await asked == (403, "certificate")
        lines.close()


async def pushed(lines: Lines, guest: Guest, journal: Journal) -> bytes:
    """All of it in one request, after a HELLO."""
    body = msgspec.json.encode(WHO)
    answer = await lines.post(HELLO_PATH, body, signed(guest, HELLO_PATH, body), bytes_max=100_000)
    head, welcome = journal.hash_of(len(journal.links)).hex(), msgspec.json.decode(answer.body)
    push = Push(
        **WHO,
        hq_epoch=welcome["hq_epoch"],
        epoch=welcome["epoch"],
        nonce=welcome["nonce"],
        start=0,
        before=journal.hash_of(0).hex(),
        bodies=tuple(link.body for link in journal.links),
        after=head,
        head_seq=len(journal.links),
        head_hash=head,
    )
    return msgspec.json.encode(push)


@pytest.mark.parametrize(("booked", "out"), [(2, True), (2, False), (100, True), (100, False)])
async def test_nothing_is_taken_from_who_was_shut_out_while_a_body_was_on_its_way(
    tmp_path: Path, booked: int, *, out: bool
) -> None:
    journal = Journal(booked=booked)
    async with asyncio.timeout(60), standing(tmp_path) as stood:
        guest = await knocked(stood.door, named("m"))
        lines = Lines(stood.url, guest.tls())
        body = await pushed(lines, guest, journal)
        lines.close()
        admitted, machines = asyncio.Event(), stood.door_store.machines

        async def noted(merchant: str, serials: Sequence[str]) -> Mapping[str, Machine]:
            admitted.set()
            return await machines(merchant, serials)

        stood.door_store.machines = noted  # type: ignore[method-assign]
        host, port = stood.url.removeprefix("https://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), ssl=guest.tls(), server_hostname=host)
        headers = signed(guest, PUSH_PATH, body) | {"Host": "x", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"POST {PUSH_PATH} HTTP/1.1\r\n{head}\r\n".encode() + body[:50])
        await admitted.wait()
        if out:
            await shut_out(stood)
        writer.write(body[50:])
        status = (await reader.readline()).split()[1]
        writer.transport.abort()
        taken = len(stood.books.merchants["m"].entries)
    assert (status, taken) == ((b"403", 0) if out else (b"200", booked))
