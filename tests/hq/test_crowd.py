"""More at once than there is room for: who comes too late is told so, and what is small goes on."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from base64 import b64encode
from pathlib import Path

import msgspec
import pytest

from hq.room import RETRY_S, SMALL_BYTES, Room
from terminal.core.values import SiteId
from terminal.core.wire.forms import REQUEST_BYTES_MAX
from terminal.core.wire.journal import HELLO_PATH, PUSH_PATH, Hello
from terminal.core.wire.signing import SIGNATURE_HEADER, request_signed
from terminal.uplink.answers import Answered
from terminal.uplink.lines import Lines
from tests.hq.guest import Guest, knocked, named
from tests.hq.standing import standing

LARGE = b" " * (2 * SMALL_BYTES)
SMALL = msgspec.json.encode(Hello(merchant="m", site=SiteId("S1"), instance="i1"))


async def sent(
    lines: Lines, guest: Guest, path: str, body: bytes, *, packed: str = "", wire: bytes | None = None
) -> Answered:
    """`wire`: what goes over the line for `body`, packed by that encoding."""
    signature = b64encode(guest.sign(request_signed(path, body))[0]).decode()
    headers = {SIGNATURE_HEADER: signature, **({"Content-Encoding": packed} if packed else {})}
    return await lines.post(path, body if wire is None else wire, headers, bytes_max=10_000)


async def test_a_large_body_is_told_to_come_later_while_a_small_one_is_answered(tmp_path: Path) -> None:
    room = Room(bytes_max=len(LARGE), wait_s=0)
    async with standing(tmp_path, room=room) as stood:
        guest = await knocked(stood.door, named("m"))
        lines = Lines(stood.url, guest.tls())
        async with room.place(len(LARGE)):
            late = await sent(lines, guest, PUSH_PATH, LARGE)
            assert (late.status, late.headers["retry-after"]) == (429, str(RETRY_S))
            assert msgspec.json.decode(late.body)["code"] == "too_many"
            assert (await sent(lines, guest, HELLO_PATH, SMALL)).status == 200
        assert (await sent(lines, guest, PUSH_PATH, LARGE)).status == 400
        lines.close()


@pytest.mark.parametrize("path", [HELLO_PATH, PUSH_PATH, "/v1/enrol"])
async def test_what_is_packed_small_takes_no_more_room_than_it_says(tmp_path: Path, path: str) -> None:
    body = SMALL[:-1] + b" " * (REQUEST_BYTES_MAX - len(SMALL)) + b"}"
    wire = gzip.compress(body, 9)
    assert len(wire) < SMALL_BYTES
    async with standing(tmp_path) as stood:
        guest = await knocked(stood.door, named("m"))
        lines = [Lines(stood.url, guest.tls()) for _ in range(4)]
        for line in lines:
            assert (await sent(line, guest, HELLO_PATH, SMALL, packed="identity")).status == 200
        tracemalloc.start()
        try:
            told = await asyncio.gather(
                *(sent(line, guest, path, body, packed="gzip", wire=wire) for line in lines)
            )
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        for answer in told:
            assert (answer.status, msgspec.json.decode(answer.body)["code"]) == (400, "malformed")
        assert peak < REQUEST_BYTES_MAX
        for line in lines:
            line.close()
