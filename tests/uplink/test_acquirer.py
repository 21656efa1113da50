"""The adapter against an acquirer of its own process: what is no clear answer is unknown."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web

from lab.acquirer import SECRET, Whim
from lab.environment import ROOT
from terminal.core.acquirer import Order, Outcome, PayCode, Said, Wallet
from terminal.core.values import EntryId
from terminal.uplink.acquirer import HttpAcquirer, secret_of
from terminal.uplink.settings import Acquirer as Settings

ORDER = Order(id=EntryId("01936000-0000-7000-8000-000000000001"), amount=19_34)
CODE = PayCode(wallet=Wallet.WECHAT, digits="134567890123456789")
UNKNOWN = Said(outcome=Outcome.UNKNOWN)
DONE = "sim-000000000001"


@asynccontextmanager
async def simulated() -> AsyncIterator[tuple[HttpAcquirer, str]]:
    """The adapter, and where the acquirer listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lab", "acquirer", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = msgspec.json.decode(await process.stdout.readline())["url"]
    acquirer = adapter(url)
    try:
        yield acquirer, url
    finally:
        await acquirer.close()
        process.terminate()
        await process.wait()


def adapter(url: str, *, secret: str = SECRET, deadline_s: float = 10.0) -> HttpAcquirer:
    return HttpAcquirer(Settings(url=url, secret_file=Path("x"), deadline_s=deadline_s), secret)


async def told(url: str, *whims: Whim | None) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{url}/whims", json=list(whims)) as answer:
        assert answer.status == web.HTTPNoContent.status_code


async def taken(url: str) -> dict[str, int]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/books") as answer:
        found: dict[str, int] = await answer.json()
    return found


async def test_a_payment_from_the_code_to_the_refund() -> None:
    async with simulated() as (acquirer, url):
        paid = Said(outcome=Outcome.PAID, evidence=DONE, payer="sim-payer-6789")
        assert await acquirer.pay(ORDER, CODE) == paid
        assert await acquirer.pay(ORDER, CODE) == paid
        assert await acquirer.query(ORDER) == paid
        assert "6789" not in f"{paid} {paid!r}"
        assert await taken(url) == {ORDER.id: 19_34}
        part = Order(id=EntryId("r1"), amount=9_34)
        for _ in range(2):
            assert (await acquirer.refund(part, ORDER.id)).outcome is Outcome.PAID
        assert await taken(url) == {ORDER.id: 10_00}
        over = Order(id=EntryId("r2"), amount=10_01)
        assert (await acquirer.refund(over, ORDER.id)).outcome is Outcome.REFUSED
        assert (await acquirer.reverse(ORDER)).outcome is Outcome.UNDONE
        assert await taken(url) == {ORDER.id: 0}
        assert (await acquirer.pay(ORDER, CODE)).outcome is Outcome.UNDONE


async def test_lost_questions_and_answers_are_unknown_and_asked_about_by_the_same_id() -> None:
    async with simulated() as (acquirer, url):
        await told(url, Whim.DEAF)
        assert await acquirer.pay(ORDER, CODE) == UNKNOWN
        never = await acquirer.query(ORDER)
        assert never.outcome is Outcome.UNKNOWN, "it never heard of it, and that is no answer"
        await told(url, Whim.MUTE)
        assert await acquirer.pay(ORDER, CODE) == UNKNOWN
        assert (await acquirer.query(ORDER)).outcome is Outcome.PAID
        await told(url, Whim.MUTE)
        assert await acquirer.reverse(ORDER) == UNKNOWN
        assert (await acquirer.reverse(ORDER)).outcome is Outcome.UNDONE
        assert await taken(url) == {ORDER.id: 0}


async def test_what_was_taken_twice_is_not_believed() -> None:
    async with simulated() as (acquirer, url):
        await told(url, Whim.TWICE)
        assert await acquirer.pay(ORDER, CODE) == UNKNOWN
        assert await taken(url) == {ORDER.id: 38_68}
        assert (await acquirer.reverse(ORDER)).outcome is Outcome.UNDONE


async def test_who_does_not_know_the_secret_gets_no_answer_that_counts() -> None:
    async with simulated() as (acquirer, url):
        stranger = adapter(url, secret="another secret of nobody")
        assert await stranger.pay(ORDER, CODE) == UNKNOWN
        await stranger.close()
        assert await taken(url) == {}
        assert (await acquirer.reverse(ORDER)).outcome is Outcome.UNDONE, "an id it never heard of is closed"
        assert (await acquirer.pay(ORDER, CODE)).outcome is Outcome.UNDONE


@asynccontextmanager
async def answering(body: bytes, *, status: int = 200) -> AsyncIterator[HttpAcquirer]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    acquirer = adapter(f"http://{host}:{port}")
    try:
        yield acquirer
    finally:
        await acquirer.close()
        await runner.cleanup()


PAID = b'{"outcome": "paid", "amount": 1934, "number": "4200001"}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((status, PAID) for status in (201, 204, 302, 400, 401, 404, 409, 500, 503)),
        (200, b""),
        (200, b"<html>paid</html>"),
        (200, b'{"outcome": "PAID", "amount": 1934}'),
        (200, b'{"outcome": "paid"}'),
        (200, b'{"outcome": "paid", "amount": 1933}'),
        (200, b'{"outcome": "paid", "amount": "1934"}'),
        (200, b'{"outcome": "paid", "amount": 1934, "note": "' + b"x" * 5_000 + b'"}'),
    ],
)
async def test_what_is_no_clear_answer_is_unknown(status: int, body: bytes) -> None:
    async with answering(body, status=status) as acquirer:
        assert await acquirer.pay(ORDER, CODE) == UNKNOWN


async def test_an_answer_may_say_more_and_its_number_is_kept_plain() -> None:
    said = b'{"outcome": "paid", "amount": 1934, "number": "42\\u0000 <b>A-1_</b> \\u5fae", "more": [1]}'
    async with answering(said) as acquirer:
        assert await acquirer.query(ORDER) == Said(outcome=Outcome.PAID, evidence="42bA-1_b")


async def test_where_nobody_listens_it_is_unknown() -> None:
    acquirer = adapter("http://127.0.0.1:9", deadline_s=1.0)
    assert await acquirer.pay(ORDER, CODE) == UNKNOWN
    await acquirer.close()


@pytest.mark.parametrize(
    "url", ["http://pay.example", "ftp://pay.example", "https://a@pay.example", "https://x/?a=1"]
)
def test_only_this_machine_does_without_tls(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        Settings(url=url, secret_file=Path("x"))
    assert Settings(url="https://pay.example/shop-17", secret_file=Path("x"))
    assert Settings(url="http://127.0.0.1:9", secret_file=Path("x"))


def test_without_a_secret_there_is_no_acquirer(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="secret_file"):
        Settings(url="https://pay.example")
    with pytest.raises(ValueError, match="not set"):
        secret_of(Settings())
    file = tmp_path / "secret"
    for bad in ("short", "with a space inside of it", "a" * 15):
        file.write_text(bad)
        with pytest.raises(ValueError, match="16 or more"):
            secret_of(Settings(secret_file=file))
    file.write_text("a" * 16 + "\n")
    assert secret_of(Settings(secret_file=file)) == "a" * 16
