"""Where phones are not used at the pumps no code on one is taken there (product.md C1)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookJoin, BookSale
from terminal.core.errors import PhoneInTheShop
from terminal.core.forecourt import Nozzle
from terminal.core.screens import Keying, State
from terminal.core.values import StaffId
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import BADGE, BREAD_CODE, JOIN_CODE, Bench
from tests.desk.test_codes import code, ready
from tests.flows.shop import PHONE, POLICY, WANG_CARD

OFF = replace(POLICY, phones_at_pumps=False)
LED = f"{JOIN_CODE}::ST-0301"
"""Of whoever scanned the code of an attendant."""


async def at_the_pump(bench: Bench) -> None:
    await bench.scan(BADGE)
    assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.PHONE)


async def test_who_joins_at_the_pump_keys_the_number_or_shows_a_card() -> None:
    async with Bench(policy=OFF) as bench:
        await at_the_pump(bench)
        assert bench.screen.title.text.endswith("By phone: in the shop")
        for shown in (JOIN_CODE, LED):
            await bench.scan(shown)
            assert (bench.state, bench.screen.code) == (State.KEYING, PhoneInTheShop.code)
        await bench.key(PHONE.number)
        assert bench.state is State.CHOOSING
        await bench.touch("cancel")
        await bench.touch("done")
        await at_the_pump(bench)
        await bench.tap(WANG_CARD)
        assert bench.screen.title.text.startswith("Welcome back")


async def test_a_code_that_a_phone_shows_is_not_used_up_by_being_refused() -> None:
    async with Bench(policy=OFF) as bench:
        await ready(bench)
        await bench.touch("cancel")
        await bench.touch("done")
        await at_the_pump(bench)
        await bench.scan(code(1))
        assert bench.screen.code == PhoneInTheShop.code
        await bench.scan(code())  # A printed one is no phone.
        assert bench.screen.title.text.startswith("Welcome back")
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.scan(BREAD_CODE)
        await bench.touch("done")
        await bench.scan(code(1))
        assert bench.state is State.CHOOSING, "in the shop it pays"


@pytest.mark.parametrize("postpay", [True, False])
async def test_no_value_is_held_by_a_phone(postpay: bool) -> None:  # noqa: FBT001  a column
    there = Forecourt(Nozzle(number=1, grade="92", price=7_38))
    async with Bench(policy=replace(OFF, postpay=postpay), forecourt=Near(there)) as bench:
        await ready(bench)
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.touch("start", "release")
        await bench.scan(BADGE)
        await bench.touch("pick", "1")
        await bench.touch("pick", "full")
        assert (bench.state, bench.screen.title.text) == (State.READY, "Present the member card")
        await bench.scan(code(1))
        assert (bench.state, bench.screen.code) == (State.READY, PhoneInTheShop.code)
        await bench.tap(WANG_CARD)
        assert bench.state is not State.READY


async def test_in_the_shop_a_newcomers_code_begins_the_membership_and_says_who_won_them() -> None:
    async with Bench(policy=OFF) as bench:
        await bench.scan(LED)
        for _ in range(12):
            if bench.state is State.CONFIRM:
                break
            dos = [one.do for one in bench.screen.choices]
            await (
                bench.touch("skip") if "skip" in dos else bench.touch("pick", bench.screen.choices[-2].value)
            )
        await bench.touch("confirm")
        joined = bench.booked[-1].command
        assert isinstance(joined, BookJoin)
        assert (joined.opens.recruiter, joined.opens.channel) == (StaffId("E01"), "counter")


async def test_where_phones_are_used_the_code_begins_the_fill() -> None:
    async with Bench() as bench:
        await bench.scan(JOIN_CODE)
        assert bench.screen.title.text == "Scan your badge"
        assert not [one for one in bench.booked if isinstance(one.command, BookSale | BookJoin)]


async def test_in_a_shop_that_sells_no_fuel_the_code_begins_a_membership_at_rest() -> None:
    async with Bench(policy=replace(POLICY, grades=())) as bench:
        await bench.scan(LED)
        assert bench.state is State.CHOOSING, "the phone is known: it asks on"
        while bench.state is not State.APPROVED:
            skips = [(one.do, one.value) for one in bench.screen.choices if one.do in {"skip", "confirm"}]
            picks = [(one.do, one.value) for one in bench.screen.choices if one.do == "pick"]
            await bench.touch(*(skips or picks)[0])
        assert isinstance(bench.booked[-1].command, BookJoin)
        assert bench.booked[-1].command.opens.recruiter == StaffId("E01")
