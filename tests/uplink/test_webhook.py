"""Entries to a shop's own cloud: in order, at least once, signed; what it never takes is kept and shown."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from terminal.core.hook import Held
from terminal.core.wire.link import LinkState
from terminal.uplink.backoff import Backoff
from terminal.uplink.courier import Unreachable
from terminal.uplink.settings import Hook
from terminal.uplink.webhook import TRIES, HttpsPost, Webhook, key_of, secret_of, signature
from tests.desk.fakes import ManualTime
from tests.store.conftest import opened_at
from tests.store.facts import an_id, issue, recharge, sale

SECRET = b"0123456789abcdef0123456789abcdef"
VECTORS = Path(__file__).parents[1] / "vectors" / "webhook"


class Cloud:
    """Answers as it is told, by the entry's id; 200 otherwise."""

    def __init__(self) -> None:
        self.answers: dict[str, int | None] = {}
        """None: it is not reached."""
        self.taken: list[str] = []
        self.sent: list[tuple[bytes, dict[str, str]]] = []
        self._changed = asyncio.Event()

    async def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        await asyncio.sleep(0)
        self._changed.set()
        self.sent.append((body, headers))
        status = self.answers.get(headers["Idempotency-Key"], 200)
        if status is None:
            raise Unreachable("down")
        if status == 200:
            self.taken.append(headers["Idempotency-Key"])
        return status

    def news(self) -> None:
        self._changed.set()

    async def close(self) -> None:
        """Nothing is open."""

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._changed.clear()
            await self._changed.wait()


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Any, None]:
    opened = await opened_at(tmp_path / "ledger.db")
    await opened.committer.submit(*issue(1))
    await opened.committer.submit(recharge(2, principal=1000))
    await opened.committer.submit(sale(3, 100))
    yield opened
    await opened.close()


@asynccontextmanager
async def hooked(ledger: Any, cloud: Cloud, clock: ManualTime | None = None) -> AsyncGenerator[Any, None]:
    states: list[tuple[LinkState, tuple[Held, ...]]] = []

    def told(state: LinkState, held: tuple[Held, ...]) -> None:
        states.append((state, held))
        cloud.news()

    async def soon(_: float) -> None:
        await asyncio.sleep(0)

    webhook = Webhook(
        ledger.outbox,
        ledger.hook,
        cloud,
        secret=SECRET,
        backoff=Backoff(bytes, longest_s=60),
        clock=clock or ManualTime(),
        heartbeat_s=0.01,
        on_state=told,
        sleep=soon,
    )
    running = asyncio.create_task(webhook.run())
    try:
        async with asyncio.timeout(30):
            yield states
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_each_entry_goes_in_order_with_its_key_and_signature(ledger: Any) -> None:
    cloud = Cloud()
    async with hooked(ledger, cloud):
        await cloud.until(lambda: len(cloud.taken) == 3)
        await ledger.committer.submit(sale(4, 200))
        await cloud.until(lambda: len(cloud.taken) == 4)
    assert cloud.taken == [an_id(n) for n in (1, 2, 3, 4)]
    links = await ledger.outbox.after(0, 10)
    for link, (body, headers) in zip(links, cloud.sent, strict=True):
        assert (body, headers["CT-Seq"], headers["CT-Hash"]) == (link.body, str(link.seq), link.hash.hex())
        said = f"{headers['CT-Timestamp']}.".encode() + body
        assert headers["CT-Signature"] == "v1=" + hmac.new(SECRET, said, sha256).hexdigest()


async def test_while_it_is_not_reached_nothing_overtakes(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = None
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: len(cloud.sent) > 20)
        assert cloud.taken == [an_id(1)]
        assert not states[-1][0].online
        cloud.answers.clear()
        await cloud.until(lambda: len(cloud.taken) == 3)
    assert cloud.taken == [an_id(n) for n in (1, 2, 3)]


@pytest.mark.parametrize("status", [500, 503, 408, 425, 429])
async def test_what_may_be_otherwise_next_time_is_never_poison(ledger: Any, status: int) -> None:
    cloud = Cloud()
    cloud.answers[an_id(1)] = status
    async with hooked(ledger, cloud):
        await cloud.until(lambda: len(cloud.sent) > 4 * TRIES)
        assert await ledger.hook.held() == ()
        assert cloud.taken == []


@pytest.mark.parametrize("status", [400, 409, 410, 422, 301])
async def test_what_is_never_taken_goes_into_quarantine_and_the_next_ones_go_on(
    ledger: Any, status: int
) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = status
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: cloud.taken == [an_id(1), an_id(3)])
        await cloud.until(lambda: bool(states and states[-1][1]))
    (held,) = await ledger.hook.held()
    assert (held.seq, held.why) == (2, f"answered {status}, {TRIES} times")
    assert states[-1][0].online


async def test_what_is_in_quarantine_is_sent_again_after_a_start(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = 422
    async with hooked(ledger, cloud):
        await cloud.until(lambda: an_id(3) in cloud.taken)
    cloud.answers.clear()
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: an_id(2) in cloud.taken)
        await cloud.until(lambda: bool(states) and not states[-1][1])
    assert await ledger.hook.held() == ()


async def test_after_a_restart_it_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await ledger.committer.submit(*issue(1))
    cloud = Cloud()
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: cloud.taken == [an_id(1)])
        await cloud.until(lambda: bool(states))
    await ledger.close()
    ledger = await opened_at(path)
    await ledger.committer.submit(recharge(2, principal=1000))
    async with hooked(ledger, cloud):
        await cloud.until(lambda: len(cloud.taken) == 2)
    await ledger.close()
    assert cloud.taken == [an_id(1), an_id(2)]


def test_the_vectors_of_the_document_hold() -> None:
    vector = json.loads((VECTORS / "signature.json").read_text(encoding="utf-8"))
    body = (VECTORS / "body.json").read_bytes()
    headers = vector["headers"]
    said = signature(vector["secret"].encode(), int(headers["CT-Timestamp"]), body)
    assert said == headers["CT-Signature"]
    assert key_of(body) == headers["Idempotency-Key"]
    document = (VECTORS.parents[2] / "docs" / "webhook.md").read_text(encoding="utf-8")
    assert headers["CT-Signature"] in document


def test_a_secret_is_read_from_its_file_and_must_be_long(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    settings = Hook(url="https://shop.example/hook", secret_file=file)
    file.write_bytes(SECRET + b"\n")
    assert secret_of(settings) == SECRET
    file.write_bytes(b"short")
    with pytest.raises(ValueError, match="32"):
        secret_of(settings)
    with pytest.raises(ValueError, match="secret_file"):
        Hook(url="https://shop.example/hook")


async def test_it_speaks_http_and_follows_no_redirect() -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        post = HttpsPost(f"http://127.0.0.1:{port}/hook", deadline_s=10)
        assert await post(b"{}", {"Idempotency-Key": "x"}) == 302
        await post.close()
    assert b"POST /hook" in heard[0]
    assert b"Idempotency-Key: x" in heard[0]
