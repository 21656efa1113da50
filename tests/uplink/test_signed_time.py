"""The time that headquarters says, at the terminal's door, by whoever got between: over TLS as it is."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hq.door import Door
from hq.door_memory import MemoryDoor
from hq.keys import Keys, keys_in
from terminal.core.commands import ClockTrust
from terminal.core.wire.journal import HELLO_PATH, Welcome
from terminal.core.wire.signing import answer_signed
from terminal.runtime.clock import SystemClock, TrustState
from terminal.runtime.tls import Server
from terminal.uplink.courier import HttpsCourier
from tests.hq.guest import knocked, named
from tests.uplink.journal import Journal
from tests.uplink.making import made_forwarder

NOW_MS = SystemClock().wall_ms()
TEN_YEARS_MS = 10 * 365 * 86_400_000
AWAY = b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"


class Between:
    """Answers in the place of headquarters, behind its own certificate: TLS alone would not help."""

    def __init__(self, keys: Keys, way: str, ahead_ms: int = 0) -> None:
        self._keys = keys
        self.way = way
        self.ahead_ms = ahead_ms
        self._said: tuple[bytes, bytes] | None = None
        self.hellos = 0
        self.pushes = 0

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                size = int(head.partition("content-length:")[2].partition("\r\n")[0])
                question = await reader.readexactly(size)
                if head.startswith(f"post {HELLO_PATH} "):
                    self.hellos += 1
                    writer.write(self._hello(question))
                else:
                    self.pushes += 1
                    writer.write(AWAY)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _hello(self, question: bytes) -> bytes:
        body, signature = self._welcome(question)
        if self.way == "replayed":
            self._said = self._said or (body, signature)
            body, signature = self._said
        elif self.way == "forged":
            signature = Ed25519PrivateKey.generate().sign(answer_signed(HELLO_PATH, question, body))
        elif self.way == "altered":
            body = body.replace(b'"hq_time":1', b'"hq_time":2')
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n"
        return f"{head}CT-Signature: {b64encode(signature).decode()}\r\n\r\n".encode() + body

    def _welcome(self, question: bytes) -> tuple[bytes, bytes]:
        said = Welcome(
            hq_epoch=1,
            epoch=1,
            instance="i1",
            instance_no=1,
            nonce="n",
            acked=0,
            head="0" * 64,
            hq_time=SystemClock().wall_ms() + self.ahead_ms,
        )
        body = msgspec.json.encode(said)
        return body, self._keys.sign(answer_signed(HELLO_PATH, question, body))


class Heard:
    """A clock that the system vouches for, and what headquarters said of it."""

    def __init__(self) -> None:
        self._trust = TrustState(lambda: 1)
        self.drifts: list[int] = []

    def compared(self, drift_ms: int, took_ms: int) -> None:
        self.drifts.append(drift_ms)
        self._trust.compared(drift_ms, took_ms, SystemClock().wall_ms(), SystemClock().mono_ms())

    @property
    def trust(self) -> ClockTrust:
        return self._trust.trust(SystemClock().wall_ms(), SystemClock().mono_ms())


@asynccontextmanager
async def said_by(folder: Path, way: str, ahead_ms: int = 0) -> AsyncGenerator[tuple[Between, Heard]]:
    """After three HELLOs of one terminal, each after the PUSH before it was not taken, or none was signed."""
    keys = keys_in(folder / "hq", serial=1, now_ms=NOW_MS)
    guest = await knocked(Door(MemoryDoor(), keys, SystemClock(), os.urandom), named("m"))
    between, heard = Between(keys, way, ahead_ms), Heard()
    tls = Server(keys.authority, ["127.0.0.1"], SystemClock(), lambda: 9).context
    three, pauses = asyncio.Event(), 0

    async def sleep(_seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 3:
            three.set()
            await asyncio.Event().wait()

    async with await asyncio.start_server(between.client, "127.0.0.1", 0, ssl=tls) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        courier = HttpsCourier(lambda: url, guest.credentials(folder / "kept"), deadline_s=60)
        journal = Journal("S1", booked=1)
        forwarder = made_forwarder(
            journal,
            journal,
            courier,
            site=journal.site,
            on_drift=heard.compared,
            sleep=sleep,
        )
        task = asyncio.create_task(forwarder.run())
        async with asyncio.timeout(120):
            await three.wait()
        yield between, heard
        task.cancel()
        await asyncio.wait([task])


async def test_what_headquarters_signs_is_heard_each_time(tmp_path: Path) -> None:
    async with said_by(tmp_path, "signed") as (between, heard):
        assert (between.hellos, between.pushes, len(heard.drifts)) == (3, 3, 3)
        assert heard.trust is ClockTrust.HEADQUARTERS


async def test_an_answer_of_before_is_none_to_another_hello(tmp_path: Path) -> None:
    """Else whoever kept one could hold the time of a machine without a battery where it was then."""
    async with said_by(tmp_path, "replayed") as (between, heard):
        assert (between.hellos, between.pushes, len(heard.drifts)) == (3, 1, 1)


@pytest.mark.parametrize("way", ["forged", "altered"])
async def test_what_headquarters_did_not_sign_says_nothing_of_the_time(tmp_path: Path, way: str) -> None:
    async with said_by(tmp_path, way) as (between, heard):
        assert (between.hellos, between.pushes, heard.drifts) == (3, 0, [])
        assert heard.trust is ClockTrust.NETWORK


@pytest.mark.parametrize("ahead_ms", [-TEN_YEARS_MS, -86_400_000, 86_400_000, TEN_YEARS_MS])
async def test_a_time_far_from_ours_is_followed_by_nobody_and_ends_the_belief_in_ours(
    tmp_path: Path, ahead_ms: int
) -> None:
    """Also one that headquarters signed: its clock, too, may be wrong. What was booked goes there."""
    async with said_by(tmp_path, "signed", ahead_ms) as (between, heard):
        assert between.pushes == 3
        assert all(abs(drift + ahead_ms) < 60_000 for drift in heard.drifts)
        assert heard.trust is ClockTrust.UNKNOWN
