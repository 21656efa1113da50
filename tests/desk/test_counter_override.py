"""Something is taken off a line at a running counter: what, why, and who answers for it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookSale, Discount
from terminal.core.override import Cap
from terminal.core.policy import Policy
from terminal.core.screens import Keying, State
from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.desk.settings import Settings
from tests.desk.fakes import BREAD_CODE, MILK_CODE, Bench
from tests.desk.test_counter_second import LEVEL, MANAGED, PIN, badge, with_pins
from tests.desk.test_prices import PACK, tariff
from tests.flows.shop import POLICY

LEAD, MANAGER = StaffId("E02"), StaffId("E05")
BY_ROLE = replace(
    POLICY,
    override_reasons=("破损", "临期"),
    overrides=(Cap(role=Role.SHIFT_LEAD, percent=20), Cap(role=Role.MANAGER, percent=100)),
)


def counter(policy: Policy = BY_ROLE, settings: Settings = MANAGED) -> Bench:
    return Bench(policy=policy, settings=settings)


async def bread(bench: Bench) -> None:
    """One loaf for 12.34, up to what is changed about it."""
    await with_pins(bench)
    await bench.scan(MILK_CODE, BREAD_CODE)
    await bench.touch("change", "1")


async def take_off(bench: Bench, how: str, keyed: str, why: str = "破损") -> None:
    await bench.touch("pick", "less")
    await bench.touch("pick", how)
    await bench.key(keyed)
    await bench.touch("pick", why)


async def sold(bench: Bench, cash: str = "100") -> BookSale:
    assert bench.state is State.CART
    await bench.touch("done")
    await bench.touch("skip")
    await bench.key(cash)
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    command = bench.booked[-1].command
    assert isinstance(command, BookSale)
    return command


async def test_the_shift_lead_takes_off_what_that_role_may_and_it_is_on_the_bill() -> None:
    async with counter() as bench:
        await bread(bench)
        await take_off(bench, "percent", "20")
        assert (bench.state, bench.title) == (State.READY, "Who approves that it is taken off?")
        assert not bench.screen.amount, "nothing is due here"
        assert [(line.label.values["name"], line.value) for line in bench.screen.lines] == [
            ("面包", "¥12.34"),
            ("破损", "-¥2.47"),
        ]
        await bench.scan(badge(2))
        await bench.key(PIN)
        assert (bench.state, bench.screen.amount) == (State.CART, "¥13.37")
        assert "-¥2.47" in [line.value for line in bench.screen.lines]
        sale = await sold(bench)
        assert sale.at.second == LEAD
        assert sale.lines[1].discounts == (Discount(name="破损", amount=2_47, by=LEAD),)


async def test_what_is_above_a_role_asks_for_a_higher_one() -> None:
    async with counter() as bench:
        await bread(bench)
        await take_off(bench, "price", "9.87", "临期")
        await bench.scan(badge(2))
        await bench.key(PIN)
        assert bench.screen.amount == "¥13.37"
        await bench.touch("change", "1")
        await take_off(bench, "price", "9.86")
        for number, code in ((0, "A153"), (2, "A154"), (3, "A154"), (4, "A154")):
            await bench.scan(badge(number))
            assert bench.screen.code == code
        await bench.scan(badge(5))
        await bench.key(PIN)
        sale = await sold(bench)
        assert sale.at.second == MANAGER
        assert sale.lines[1].discounts == (Discount(name="破损", amount=2_48, by=MANAGER),)


async def test_what_a_pack_split_is_judged_line_by_line_as_it_will_be_booked() -> None:
    async with Bench(policy=BY_ROLE, settings=MANAGED, tariff=tariff(pack=PACK)) as bench:
        await with_pins(bench)
        await bench.scan(MILK_CODE, MILK_CODE, MILK_CODE, BREAD_CODE)
        await bench.touch("change", "0")
        await take_off(bench, "price", "2.70")
        await bench.scan(badge(2))  # 1.60 off 9.21 in all, yet off the 7.00 outside of the pack.
        assert (bench.state, bench.screen.code) == (State.READY, "A154")
        await bench.scan(badge(5))
        await bench.key(PIN)
        assert (await sold(bench)).at.second == MANAGER


async def test_whoever_may_does_it_alone() -> None:
    mine = Settings(staff=(replace(MANAGED.staff[0], role=Role.MANAGER), *MANAGED.staff[1:]))
    for settings in (mine, LEVEL):
        async with counter(settings=settings) as bench:
            await bread(bench)
            await take_off(bench, "price", "0")
            sale = await sold(bench)
            assert sale.at.second is None
            assert sale.lines[1].discounts == (Discount(name="破损", amount=12_34, by=StaffId("E00")),)


async def test_it_is_taken_back() -> None:
    async with counter(settings=LEVEL) as bench:
        await bread(bench)
        await take_off(bench, "percent", "50")
        assert bench.screen.amount == "¥9.67"
        await bench.touch("change", "1")
        await bench.touch("pick", "less")
        await bench.touch("pick", "none")
        assert (bench.state, bench.screen.amount) == (State.CART, "¥15.84")


@pytest.mark.parametrize(
    ("how", "keyed", "code"),
    [
        ("percent", "0", "13"),
        ("percent", "101", "13"),
        ("percent", "-5", "13"),
        ("percent", "5.5", "13"),
        ("price", "12.34", "A159"),
        ("price", "99", "A159"),
        ("price", "-1", "13"),
        ("price", "x", "13"),
    ],
)
async def test_what_takes_nothing_off_is_keyed_again(how: str, keyed: str, code: str) -> None:
    async with counter(settings=LEVEL) as bench:
        await bread(bench)
        await bench.touch("pick", "less")
        await bench.touch("pick", how)
        await bench.key(keyed)
        assert (bench.state, bench.screen.code) == (State.KEYING, code)
        await bench.key("1")
        await bench.touch("pick", "破损")
        assert bench.state is State.CART


@pytest.mark.parametrize("steps", range(7))
async def test_cancelled_anywhere_the_cart_is_as_it_was(steps: int) -> None:
    async with counter() as bench:
        await bread(bench)
        for step in (
            lambda: bench.touch("pick", "less"),
            lambda: bench.touch("pick", "percent"),
            lambda: bench.key("10"),
            lambda: bench.touch("pick", "破损"),
            lambda: bench.scan(badge(2)),
            lambda: bench.key("000000"),
        )[:steps]:
            await step()
        await bench.touch("cancel")
        assert (bench.state, bench.screen.amount) == (State.CART, "¥15.84")


async def test_a_pin_that_is_locked_takes_nothing_off_and_the_cart_stays() -> None:
    async with counter() as bench:
        await bread(bench)
        bench.ledger.pin_tries["staff:E02"] = 5
        await take_off(bench, "percent", "10")
        await bench.scan(badge(2))
        await bench.key(PIN)
        assert (bench.state, bench.screen.amount, bench.screen.code) == (State.CART, "¥15.84", "A151")


async def test_where_policy_has_no_reason_nothing_is_taken_off() -> None:
    async with counter(replace(BY_ROLE, override_reasons=())) as bench:
        await bread(bench)
        assert bench.screen.keying is Keying.PIECES
        assert "less" not in [choice.value for choice in bench.screen.choices]


async def test_one_reason_is_not_asked_for() -> None:
    async with counter(replace(BY_ROLE, override_reasons=("破损",)), LEVEL) as bench:
        await bread(bench)
        await bench.touch("pick", "less")
        await bench.touch("pick", "percent")
        await bench.key("50")
        assert (bench.state, bench.screen.amount) == (State.CART, "¥9.67")


async def test_more_pieces_of_it_are_less_too() -> None:
    async with counter(settings=LEVEL) as bench:
        await bread(bench)
        await take_off(bench, "percent", "50")
        await bench.touch("change", "1")
        await bench.key("2")
        assert bench.screen.amount == "¥15.84"


async def test_more_of_it_than_somebody_approved_is_asked_for_anew() -> None:
    async with counter() as bench:
        await bread(bench)
        await take_off(bench, "percent", "20")
        await bench.scan(badge(2))
        await bench.key(PIN)
        await bench.touch("change", "1")
        await bench.key("900")
        assert (bench.state, bench.screen.amount) == (State.CART, "¥11109.50")
        assert (await sold(bench, "20000")).at.second is None
