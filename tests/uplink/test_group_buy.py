"""The adapter against a verification service of its own process: what is no clear answer is unknown."""

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

from lab.acquirer import Whim
from lab.environment import ROOT
from lab.group_buy import SECRET
from terminal.core.acquirer import Order, Outcome, Said
from terminal.core.group_buy import GroupCode, Offer, WhyNot
from terminal.core.values import EntryId
from terminal.uplink.group_buy import HttpGroupBuy, secret_of
from terminal.uplink.settings import GroupBuy as Settings

ORDER = Order(id=EntryId("01936000-0000-7000-8000-000000000001"), amount=19_34)
OTHER = Order(id=EntryId("01936000-0000-7000-8000-000000000002"), amount=20_00)
CODE = GroupCode(text="MT30S-0001")
UNKNOWN = Said(outcome=Outcome.UNKNOWN)
DONE = Said(outcome=Outcome.PAID, evidence="sim-000000000001")
OFFER = Offer(platform="meituan", worth=30_00, settles=28_20, title="30 yuan", several=True)


@asynccontextmanager
async def simulated(*more: str) -> AsyncIterator[tuple[HttpGroupBuy, str]]:
    """The adapter, and where the service listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lab", "group_buy", *more, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = msgspec.json.decode(await process.stdout.readline())["url"]
    service = adapter(url)
    try:
        yield service, url
    finally:
        await service.close()
        process.terminate()
        await process.wait()


def adapter(url: str, *, secret: str = SECRET, deadline_s: float = 10.0) -> HttpGroupBuy:
    return HttpGroupBuy(Settings(url=url, secret_file=Path("x"), deadline_s=deadline_s), secret)


async def told(url: str, *whims: Whim | None) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{url}/whims", json=list(whims)) as answer:
        assert answer.status == web.HTTPNoContent.status_code


async def used(url: str) -> dict[str, int]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/books") as answer:
        found: dict[str, int] = await answer.json()
    return found


async def test_a_voucher_from_the_offer_to_the_cancellation_and_used_again() -> None:
    async with simulated() as (service, url):
        assert await service.offer(CODE) == OFFER
        assert await used(url) == {}, "nothing is used by asking"
        assert await service.redeem(ORDER, CODE) == await service.redeem(ORDER, CODE) == DONE
        assert await service.query(ORDER) == DONE
        assert await used(url) == {ORDER.id: 19_34}
        assert await service.offer(CODE) is WhyNot.USED
        assert (await service.redeem(OTHER, CODE)).outcome is Outcome.REFUSED
        for _ in range(2):
            assert (await service.cancel(ORDER)).outcome is Outcome.UNDONE
        assert (await service.redeem(ORDER, CODE)).outcome is Outcome.UNDONE
        assert await service.offer(CODE) == OFFER
        again = Order(id=EntryId("01936000-0000-7000-8000-000000000003"), amount=30_00)
        assert (await service.redeem(again, CODE)).outcome is Outcome.PAID
        assert await used(url) == {again.id: 30_00}


@pytest.mark.parametrize(
    ("code", "why"), [("MT30-OLD", WhyNot.ENDED), ("MT30", WhyNot.UNKNOWN), ("XY30-0001", WhyNot.UNKNOWN)]
)
async def test_what_pays_nothing_is_told_with_its_reason(code: str, why: WhyNot) -> None:
    async with simulated() as (service, url):
        assert await service.offer(GroupCode(text=code)) is why
        assert await used(url) == {}


async def test_lost_questions_and_answers_are_unknown_and_asked_about_by_the_same_id() -> None:
    async with simulated() as (service, url):
        await told(url, Whim.DEAF, Whim.VAGUE)
        assert await service.offer(CODE) is await service.offer(CODE) is WhyNot.AWAY
        await told(url, Whim.DEAF)
        assert await service.redeem(ORDER, CODE) == UNKNOWN
        assert (await service.query(ORDER)).outcome is Outcome.UNKNOWN, (
            "it never heard of it, and that is no answer"
        )
        await told(url, Whim.MUTE)
        assert await service.redeem(ORDER, CODE) == UNKNOWN
        assert (await service.query(ORDER)).outcome is Outcome.PAID
        await told(url, Whim.MUTE)
        assert await service.cancel(ORDER) == UNKNOWN
        assert (await service.cancel(ORDER)).outcome is Outcome.UNDONE
        assert await used(url) == {}


async def test_what_was_used_twice_is_not_believed() -> None:
    async with simulated() as (service, url):
        await told(url, Whim.TWICE)
        assert await service.redeem(ORDER, CODE) == UNKNOWN
        assert await used(url) == {ORDER.id: 38_68}
        assert (await service.cancel(ORDER)).outcome is Outcome.UNDONE
        assert await used(url) == {}


async def test_refused_in_the_last_moment_slow_and_too_late_are_told_apart() -> None:
    async with simulated() as (service, url):
        await told(url, Whim.SLOW)
        assert (await service.redeem(ORDER, CODE)).outcome is Outcome.WAITING
        assert (await service.query(ORDER)).outcome is Outcome.WAITING
        assert (await service.query(ORDER)).outcome is Outcome.PAID
        await told(url, Whim.NO)
        assert (await service.cancel(ORDER)).outcome is Outcome.REFUSED
        assert await used(url) == {ORDER.id: 19_34}
        await told(url, Whim.NO)
        assert (await service.redeem(OTHER, GroupCode(text="DY20-0001"))).outcome is Outcome.REFUSED


async def test_the_service_outlasts_a_restart(tmp_path: Path) -> None:
    books = str(tmp_path / "books.json")
    async with simulated("--books", books) as (service, _):
        assert (await service.redeem(ORDER, CODE)).outcome is Outcome.PAID
    async with simulated("--books", books) as (service, _):
        assert await service.query(ORDER) == DONE


async def test_who_does_not_know_the_secret_gets_no_answer_that_counts() -> None:
    async with simulated() as (service, url):
        stranger = adapter(url, secret="another secret of nobody")
        assert await stranger.offer(CODE) is WhyNot.AWAY
        assert await stranger.redeem(ORDER, CODE) == UNKNOWN
        await stranger.close()
        assert await used(url) == {}
        assert (await service.cancel(ORDER)).outcome is Outcome.UNDONE, "an id it never heard of is closed"
        assert (await service.redeem(ORDER, CODE)).outcome is Outcome.UNDONE


@asynccontextmanager
async def answering(body: bytes, *, status: int = 200) -> AsyncIterator[HttpGroupBuy]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    service = adapter(f"http://{host}:{port}")
    try:
        yield service
    finally:
        await service.close()
        await runner.cleanup()


GOOD = b'{"platform": "meituan", "worth": 3000, "settles": 2820, "title": "30 yuan", "several": true}'
PAID = b'{"outcome": "paid", "amount": 1934, "number": "4200001"}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((status, GOOD) for status in (201, 204, 302, 400, 401, 404, 500)),
        (200, b""),
        (200, b"<html>30 yuan</html>"),
        (200, b"{}"),
        (200, GOOD.replace(b"3000", b"0")),
        (200, GOOD.replace(b"3000", b"-1")),
        (200, GOOD.replace(b"3000", b"1e9")),
        (200, GOOD.replace(b"3000", b"99999999999999")),
        (200, GOOD.replace(b"2820", b"-1")),
        (200, GOOD.replace(b"meituan", b"wechat")),
        (200, GOOD.replace(b"meituan", b"mei:tuan")),
        (200, GOOD.replace(b"true", b"1")),
        (200, GOOD[:-1] + b', "only": [' + b'"x",' * 50 + b'"x"]}'),
        (200, GOOD[:-1] + b', "note": "' + b"x" * 5_000 + b'"}'),
        (200, b'{"refused": "because"}'),
    ],
)
async def test_what_is_no_clear_offer_is_none(status: int, body: bytes) -> None:
    async with answering(body, status=status) as service:
        assert await service.offer(CODE) is WhyNot.AWAY


async def test_an_offer_may_say_more_and_its_title_is_kept_plain() -> None:
    body = GOOD[:-1].replace(b"30 yuan", b"30\\u0000 \\u5143" + b"x" * 100) + b', "more": 1}'
    async with answering(body) as service:
        offer = await service.offer(CODE)
    assert isinstance(offer, Offer)
    assert offer.title == "30 元" + "x" * 56


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, PAID),
        (200, b""),
        (200, b'{"outcome": "paid"}'),
        (200, b'{"outcome": "paid", "amount": 1933}'),
        (200, b'{"outcome": "redeemed", "amount": 1934}'),
    ],
)
async def test_what_is_no_clear_answer_is_unknown(status: int, body: bytes) -> None:
    async with answering(body, status=status) as service:
        assert await service.redeem(ORDER, CODE) == await service.query(ORDER) == UNKNOWN
        assert await service.cancel(ORDER) == UNKNOWN


async def test_a_number_that_holds_the_code_is_kept_nowhere() -> None:
    async with answering(PAID.replace(b"4200001", b"used MT30S-0001 today")) as service:
        assert await service.redeem(ORDER, CODE) == Said(outcome=Outcome.PAID)
    async with answering(PAID) as service:
        assert await service.redeem(ORDER, CODE) == Said(outcome=Outcome.PAID, evidence="4200001")


async def test_no_code_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    service = adapter("http://127.0.0.1:9", deadline_s=1.0)
    assert await service.offer(CODE) is WhyNot.AWAY
    assert await service.redeem(ORDER, CODE) == UNKNOWN
    await service.close()
    assert caplog.text
    assert CODE.text not in caplog.text


@pytest.mark.parametrize("url", ["http://vouchers.example", "https://a@vouchers.example", "https://x/?a=1"])
def test_only_this_machine_does_without_tls(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        Settings(url=url, secret_file=Path("x"))
    assert Settings(url="https://vouchers.example/shop-17", secret_file=Path("x"))
    assert Settings(url="http://127.0.0.1:9", secret_file=Path("x"))


def test_without_a_secret_nobody_is_asked(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="secret_file"):
        Settings(url="https://vouchers.example")
    with pytest.raises(ValueError, match=r"group_buy.secret_file is not set"):
        secret_of(Settings())
    (tmp_path / "secret").write_text("a" * 16 + "\n")
    assert secret_of(Settings(secret_file=tmp_path / "secret")) == "a" * 16
