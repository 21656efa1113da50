"""Whoever sends too much that cannot be read is not read for a while, and nobody else is kept out by it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from hq.room import RETRY_S
from terminal.core.wire.journal import HELLO_PATH
from terminal.runtime.connections import Connections
from terminal.runtime.knocks import Knocks
from terminal.uplink.answers import Answered
from terminal.uplink.lines import Lines
from tests.hq.guest import Guest, knocked, named
from tests.hq.standing import Shifted, Stood, standing
from tests.hq.test_connections import Stranger, came
from tests.hq.test_crowd import SMALL, sent

MANY = 5


def code_of(answer: Answered) -> str:
    code: str = json.loads(answer.body).get("code", "")
    return code


async def asked(there: Stood, guest: Guest, *bodies: bytes) -> Sequence[tuple[int, str]]:
    lines = Lines(there.url, guest.tls())
    answers = [await sent(lines, guest, HELLO_PATH, body) for body in bodies]
    lines.close()
    return [(one.status, code_of(one)) for one in answers]


async def posted(stranger: Stranger, path: str, body: bytes, *more: str) -> str:
    await stranger.says(f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *more, "")
    stranger.writer.write(body)
    return await stranger.answered()


@pytest.mark.parametrize("nonsense", [b"\xff", b"{}", b"[" * 1_000])
async def test_a_machine_that_sends_too_much_nonsense_is_not_read_and_others_are(
    tmp_path: Path, nonsense: bytes
) -> None:
    async with standing(tmp_path, nonsense=MANY) as there:
        bad, good = [await knocked(there.door, named("m", site)) for site in ("S1", "S2")]
        said = await asked(there, bad, *[nonsense] * MANY, nonsense, SMALL)
        assert said == [(400, "malformed")] * MANY + [(429, "too_many")] * 2
        hello = SMALL.replace(b"S1", b"S2")
        assert await asked(there, good, hello) == [(200, "")]


async def test_what_can_be_read_is_never_counted(tmp_path: Path) -> None:
    async with standing(tmp_path, nonsense=MANY) as there:
        guest = await knocked(there.door, named("m"))
        assert await asked(there, guest, *[SMALL] * (3 * MANY)) == [(200, "")] * 3 * MANY


async def test_a_stranger_is_counted_by_address_and_a_machine_beside_it_is_heard(tmp_path: Path) -> None:
    async with standing(tmp_path, nonsense=MANY) as there:
        guest = await knocked(there.door, named("m"))
        stranger = await came(there)
        packed = [await posted(stranger, "/v1/enrol", b"{}", "Content-Encoding: gzip") for _ in range(MANY)]
        assert {one.split()[1] for one in packed} == {"400"}
        assert "429" in await posted(stranger, "/v1/enrol", b"{}")
        stranger.close()
        assert await asked(there, guest, SMALL) == [(200, "")]


async def test_who_waits_is_read_again(tmp_path: Path) -> None:
    clock = Shifted()
    knocks = Knocks(clock, at_once=1, every_ms=60_000)
    assert not knocks.spent("a")
    assert not knocks.spent("a"), "looking counts nothing"
    assert knocks.allowed("a")
    assert knocks.spent("a")
    assert not knocks.spent("b")
    async with standing(tmp_path, nonsense=1) as there:
        guest = await knocked(there.door, named("m"))
        lines = Lines(there.url, guest.tls())
        await sent(lines, guest, HELLO_PATH, b"{}")
        late = await sent(lines, guest, HELLO_PATH, SMALL)
        assert late.headers["retry-after"] == str(RETRY_S)
        lines.close()


async def test_connections_that_ask_for_nothing_are_counted_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is no HTTP never becomes a request."""
    knocks = Knocks(Shifted(), at_once=MANY, every_ms=3_600_000)
    connections = Connections(nonsense=knocks)
    async with asyncio.timeout(60), standing(tmp_path, connections=connections) as there:
        guest = await knocked(there.door, named("m"))
        with caplog.at_level(logging.INFO):
            for _ in range(MANY):
                stranger = await came(there)
                await stranger.says("this is no HTTP", "")
                assert b" 400 " in await stranger.reader.read()
                stranger.close()
        late = await came(there)
        assert await late.ended(), "it is not even listened to"
        late.close()
        assert await asked(there, guest, SMALL) == [(200, "")]
        assert knocks.spent("127.0.0.1")


async def test_a_connection_that_asked_is_not_counted_when_it_ends(tmp_path: Path) -> None:
    knocks = Knocks(Shifted(), at_once=1, every_ms=3_600_000)
    async with asyncio.timeout(60), standing(tmp_path, connections=Connections(nonsense=knocks)) as there:
        for _ in range(3):
            stranger = await came(there)
            assert "404" in await posted(stranger, "/v1/nothing", b"{}")
            stranger.close()
        assert not knocks.spent("127.0.0.1")
