"""A member's phone or printed code at the counter: who pays, how far it is believed, and only once."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.core.commands import ClockTrust
from terminal.core.member_codes import Claim, Once, body_of, signed_message, text_of
from terminal.core.screens import State
from terminal.core.trust import Credential, Medium, Trust
from tests.desk.fakes import BREAD_CODE, NOW_MS, Bench
from tests.flows.shop import HOLDERS, WANG_CARD

KEY = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)
PHONE = Credential(medium=Medium.PHONE, number="19000000301")
PLAIN = Credential(medium=Medium.CODE, number="MC-000123")


def code(nonce: int | None = None, age_s: int = 0) -> str:
    once = None
    if nonce is not None:
        once = Once(nonce=nonce.to_bytes(8, "big"), issued_s=NOW_MS // 1000 - age_s)
    body = body_of(Claim(number=PLAIN.number, once=once))
    return text_of(body, KEY.sign(signed_message("M1", body)))


def of_phone(token: bytes, nonce: int) -> str:
    once = Once(nonce=nonce.to_bytes(8, "big"), issued_s=NOW_MS // 1000)
    body = body_of(Claim(phone=token, once=once))
    return text_of(body, KEY.sign(signed_message("M1", body)))


async def ready(bench: Bench) -> None:
    """Goods are in the cart, and the member is asked for."""
    bench.codes.believe(lambda: frozenset({KEY.public_key().public_bytes_raw()}))
    await bench.ledger.knows_as(PLAIN, WANG_CARD)
    await bench.scan(BREAD_CODE)
    await bench.touch("done")
    assert bench.state is State.READY


async def paid(bench: Bench) -> None:
    await bench.touch("pick", "stored")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")


async def test_a_dynamic_code_pays_once_and_the_next_one_again() -> None:
    async with Bench() as bench:
        await ready(bench)
        await bench.scan(code(1))
        await paid(bench)
        await bench.scan(BREAD_CODE)
        await bench.touch("done")
        await bench.scan(code(1))
        assert (bench.state, bench.screen.code) == (State.READY, "A120")
        await bench.scan(code(2))
        await paid(bench)
        assert [booked.command.wallet for booked in bench.booked] == [HOLDERS[WANG_CARD].wallet] * 2


async def test_what_a_phone_page_shows_pays_once_and_the_next_one_again() -> None:
    async with Bench() as bench:
        await ready(bench)
        await bench.ledger.knows_as(PHONE, WANG_CARD)
        token = bytes.fromhex(bench.ledger.token(PHONE))
        await bench.scan(of_phone(token, 1))
        await paid(bench)
        await bench.scan(BREAD_CODE)
        await bench.touch("done")
        await bench.scan(of_phone(token, 1))
        assert (bench.state, bench.screen.code) == (State.READY, "A120")
        await bench.scan(of_phone(token, 2))
        await paid(bench)
        assert [booked.command.wallet for booked in bench.booked] == [HOLDERS[WANG_CARD].wallet] * 2
        assert [booked.command.by_pin for booked in bench.booked] == [False, False]


async def test_a_static_code_pays_again_and_again() -> None:
    async with Bench() as bench:
        await ready(bench)
        await bench.scan(code())
        await paid(bench)
        await bench.scan(BREAD_CODE)
        await bench.touch("done")
        await bench.scan(code())
        await paid(bench)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (code(3, age_s=100), "A119"),
        (code(3)[:-1] + ("A" if code(3)[-1] != "A" else "B"), "30"),
        (code(3)[:90] + ("A" if code(3)[90] != "A" else "B") + code(3)[91:], "A118"),
    ],
)
async def test_what_is_old_or_nobodys_leaves_the_cart_as_it_is(text: str, refused: str) -> None:
    async with Bench() as bench:
        await ready(bench)
        await bench.scan(text)
        assert bench.state is State.READY
        assert bench.screen.code in {refused, "A118"}
        await bench.scan(code(4))
        assert bench.state is State.CHOOSING


@pytest.mark.parametrize(
    ("age_s", "off_ms", "state"),
    [
        (60, 0, State.CHOOSING),
        (61, 0, State.READY),
        (61, 1_000, State.CHOOSING),
        (66, 60_000, State.READY),
    ],
)
async def test_a_code_is_at_most_a_minute_old_as_far_as_the_clock_can_say(
    age_s: int, off_ms: int, state: State
) -> None:
    async with Bench() as bench:
        await ready(bench)
        bench.time.off_ms = off_ms
        await bench.scan(code(9, age_s=age_s))
        assert bench.state is state


async def test_a_code_that_nobody_waits_for_is_not_used_up() -> None:
    async with Bench() as bench:
        await ready(bench)
        await bench.touch("skip")
        await bench.scan(code(5))
        assert bench.used.nonces == set()
        await bench.touch("cancel")


async def test_a_code_that_begins_a_sale_is_used_when_it_is_to_pay() -> None:
    async with Bench() as bench:
        await ready(bench)
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.scan(code(6))
        assert bench.state is State.CART
        assert bench.used.nonces == set()
        await bench.scan(BREAD_CODE)
        await bench.touch("done")
        assert bench.state is State.CHOOSING
        assert len(bench.used.nonces) == 1


@pytest.mark.parametrize("full", [True, False])
async def test_where_its_use_cannot_be_remembered_or_the_clock_is_not_believed_it_is_open(
    full: bool,  # noqa: FBT001  a case
) -> None:
    async with Bench() as bench:
        await ready(bench)
        bench.used.full = full
        bench.time.trust = ClockTrust.NETWORK if full else ClockTrust.UNKNOWN
        await bench.scan(code(7, age_s=0 if full else 10_000))
        open_one = Credential(medium=Medium.CODE, number=PLAIN.number, trust=Trust.OPEN)
        assert bench.counter._questions.presence.is_latest(open_one)
        await paid(bench)


async def test_before_its_keys_are_read_a_code_is_to_be_scanned_again() -> None:
    async with Bench() as bench:
        await bench.scan(BREAD_CODE)
        await bench.touch("done")
        await bench.scan(code(8))
        assert (bench.state, bench.screen.code) == (State.READY, "30")
