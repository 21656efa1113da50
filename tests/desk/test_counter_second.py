"""The second person at a running counter: whose badge counts, their PIN, and what is booked of it."""

from __future__ import annotations

import logging

import pytest
from msgspec.structs import replace

from terminal.core.approval import Approved
from terminal.core.commands import BookCashMove, BookNote, BookShiftOpen
from terminal.core.policy import Policy
from terminal.core.screens import Keying, State
from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.desk.employed import Employed
from terminal.desk.settings import Settings, StaffMember
from tests.desk.fakes import Bench
from tests.flows.shop import POLICY

PIN, OTHER = "200731", "731200"
TWO_PEOPLE = replace(POLICY, second_person=(Approved.CASH_MOVE,))


def member(number: int, name: str, role: Role = Role.ATTENDANT) -> StaffMember:
    return StaffMember(id=StaffId(f"E0{number}"), name=name, badge=badge(number), role=role)


def badge(number: int) -> str:
    return f"ST-030{number}"


AT_DRAWER, LEAD, OTHER_ATTENDANT, TECHNICIAN = (
    member(0, "店员"),
    member(2, "王二", Role.SHIFT_LEAD),
    member(3, "李三"),
    member(4, "赵四", Role.TECHNICIAN),
)
SHOP = Settings(staff=(AT_DRAWER, LEAD, OTHER_ATTENDANT, TECHNICIAN))
MANAGED = Settings(staff=(*SHOP.staff, member(5, "钱五", Role.MANAGER)))
LEVEL = Settings(staff=(AT_DRAWER, OTHER_ATTENDANT, TECHNICIAN))


def counter(settings: Settings = SHOP) -> Bench:
    return Bench(policy=TWO_PEOPLE, settings=settings)


async def with_pins(bench: Bench) -> None:
    for one in MANAGED.staff:
        bench.ledger.staff_pins[one.id] = await bench.ledger.pin_book.verifier(PIN), False


async def to_second(bench: Bench) -> None:
    """5.00 into the drawer, up to the second person."""
    await bench.touch("start", "shift")
    await bench.touch("pick", "paid_in")
    await bench.touch("pick", "change")
    await bench.key("5")
    await bench.touch("confirm")
    assert (bench.state, bench.title) == (State.READY, "Who approves that cash is put in?")
    assert bench.screen.amount == "¥5.00"
    assert [line.label.text for line in bench.screen.lines] == ["Change from the bank"]


async def test_the_second_by_badge_and_pin_is_in_the_entry() -> None:
    async with counter() as bench:
        await with_pins(bench)
        await to_second(bench)
        await bench.scan(badge(2))
        assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.PIN)
        assert bench.screen.title.values == {"name": "王二"}
        await bench.key(PIN)
        assert bench.state is State.APPROVED
        command = bench.booked[-1].command
        assert isinstance(command, BookCashMove)
        assert (command.at.operator, command.at.second) == ("E00", "E02")
    assert not any(PIN in str(screen) for screen in bench.screens)


@pytest.mark.parametrize(
    ("settings", "number", "code"),
    [
        (SHOP, 0, "A153"),
        (SHOP, 3, "A154"),
        (SHOP, 4, "A154"),
        (SHOP, 9, "A105"),
        (LEVEL, 0, "A153"),
        (LEVEL, 4, "A154"),
    ],
)
async def test_whoever_may_not_approve_is_told_and_another_is_asked_for(
    settings: Settings, number: int, code: str
) -> None:
    async with counter(settings) as bench:
        await with_pins(bench)
        await to_second(bench)
        await bench.scan(badge(number))
        assert (bench.state, bench.screen.code) == (State.READY, code)
        await bench.scan(badge(2 if settings is SHOP else 3))
        await bench.key(PIN)
        assert bench.state is State.APPROVED


async def test_a_wrong_pin_says_how_many_tries_are_left_and_the_fifth_ends_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with counter() as bench:
        await with_pins(bench)
        await to_second(bench)
        await bench.scan(badge(2))
        for left in ("4", "3", "2", "1"):
            await bench.key(OTHER)
            assert (bench.state, bench.screen.code) == (State.KEYING, "A150")
            assert [line.value for line in bench.screen.lines] == [left]
        await bench.key(OTHER)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A151")
        await bench.touch("done")
        await to_second(bench)
        await bench.scan(badge(2))
        await bench.key(PIN)
        assert bench.screen.code == "A151"
        assert bench.booked == []
    said = caplog.text
    assert said.count("wrong staff PIN: by=E02") == 4
    assert said.count("refused: what=cash_move by=E02") == 2
    assert not any(secret in said for secret in (PIN, OTHER, "王二", badge(2)))


async def test_one_try_that_is_right_gives_five_again() -> None:
    async with counter() as bench:
        await with_pins(bench)
        for _ in range(2):
            await to_second(bench)
            await bench.scan(badge(2))
            for _ in range(4):
                await bench.key(OTHER)
            await bench.key(PIN)
            assert bench.state is State.APPROVED
            await bench.touch("done")


async def test_a_badge_without_pin_approves_nothing() -> None:
    async with counter() as bench:
        await to_second(bench)
        await bench.scan(badge(2))
        await bench.key(PIN)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A152")
        assert bench.booked == []


@pytest.mark.parametrize("keyed", ["", "123", "1234567890123", "abcdef"])
async def test_what_is_no_pin_costs_no_try(keyed: str) -> None:
    async with counter() as bench:
        await with_pins(bench)
        await to_second(bench)
        await bench.scan(badge(2))
        await bench.key(keyed)
        assert (bench.state, bench.screen.code) == (State.KEYING, "A133")
        assert bench.ledger.pin_tries == {}


@pytest.mark.parametrize("badges", [0, 1])
async def test_it_is_cancelled_at_the_badge_and_at_the_pin(badges: int) -> None:
    async with counter() as bench:
        await with_pins(bench)
        await to_second(bench)
        await bench.scan(*[badge(2)] * badges)
        await bench.touch("cancel")
        assert bench.title == "Cancelled. Nothing was booked."
        assert bench.booked == []


async def test_nobody_is_asked_for_where_policy_names_nothing() -> None:
    async with Bench(policy=POLICY, settings=SHOP) as bench:
        await bench.touch("start", "shift")
        await bench.touch("pick", "paid_in")
        await bench.touch("pick", "change")
        await bench.key("5")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert bench.booked[-1].command.at.second is None


async def test_a_pin_that_was_given_approves_nothing_until_another_was_chosen() -> None:
    async with counter() as bench:
        bench.ledger.staff_pins[LEAD.id] = await bench.ledger.pin_book.verifier(PIN), True
        await to_second(bench)
        await bench.scan(badge(2))
        await bench.key(PIN)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A155")
        await bench.touch("done")
        await bench.touch("more")
        assert await bench.touch("start", "staff")
        await bench.touch("pick", "own")
        await bench.scan(badge(2))
        for keyed in (PIN, PIN, PIN):
            await bench.key(keyed)
        assert bench.screen.code == "A156"
        await bench.touch("done")
        for keyed in (OTHER, OTHER):
            await bench.key(keyed)
        assert bench.title == "The PIN is chosen."
        await bench.touch("done")
        await to_second(bench)
        await bench.scan(badge(2))
        await bench.key(OTHER)
        assert bench.state is State.APPROVED
        assert bench.booked[-1].command.at.second == LEAD.id


async def test_the_manager_gives_a_pin_and_so_opens_one_that_was_locked() -> None:
    async with Bench(policy=TWO_PEOPLE, settings=MANAGED) as bench:
        await with_pins(bench)
        bench.ledger.pin_tries["staff:E02"] = 5
        await bench.touch("more")
        assert await bench.touch("start", "staff")
        await bench.touch("pick", "give")
        await bench.scan(badge(2))
        assert bench.screen.code == "A154"
        await bench.scan(badge(5))
        await bench.key(PIN)
        await bench.scan(badge(2))
        for keyed in (OTHER, OTHER):
            await bench.key(keyed)
        assert bench.title == "The PIN is given. Whoever has it chooses their own now."
        note = bench.booked[-1].command
        assert isinstance(note, BookNote)
        assert (note.what, note.detail, note.at.operator) == ("staff_pin", "E02", "E05")
        await bench.touch("done")
        await to_second(bench)
        await bench.scan(badge(2))
        await bench.key(OTHER)
        assert bench.screen.code == "A155"


@pytest.mark.parametrize(
    ("policy", "settings", "offered"),
    [(POLICY, SHOP, True), (TWO_PEOPLE, LEVEL, True), (POLICY, LEVEL, False)],
)
async def test_the_button_is_there_where_they_have_pins(
    policy: Policy, settings: Settings, *, offered: bool
) -> None:
    async with Bench(policy=policy, settings=settings) as bench:
        shown = [choice.value for choice in bench.screen.choices]
        await bench.touch("more")
        assert ("staff" in [*shown, *(choice.value for choice in bench.screen.choices)]) is offered


async def count_out(bench: Bench) -> None:
    """The shift that the members' first recharges lie in."""
    await bench.touch("start", "shift")
    await bench.touch("pick", "close")
    await bench.touch("pick", "sum")
    await bench.key("0")
    await bench.touch("confirm")
    await bench.touch("done")


async def test_a_technician_sells_nothing_and_opens_no_shift() -> None:
    alone = Settings(staff=(replace(AT_DRAWER, role=Role.TECHNICIAN), LEAD, OTHER_ATTENDANT))
    async with Bench(settings=alone) as bench:
        await bench.touch("start", "recharge")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A157")
        await bench.touch("done")
        await count_out(bench)
        await bench.touch("start", "shift")
        assert [choice.value for choice in bench.screen.choices] == ["E02", "E03", ""]
        await bench.scan(badge(0))
        assert bench.screen.code == "A157"
        await bench.scan(badge(3))
        await bench.touch("pick", "sum")
        await bench.key("0")
        await bench.touch("confirm")
        assert bench.booked[-1].command.at.operator == "E03"
        await bench.touch("done")
        await bench.touch("start", "recharge")
        assert bench.state is State.READY


async def test_a_shift_is_opened_by_badge_and_pin_before_anything_is_sold() -> None:
    async with Bench(policy=replace(POLICY, shift_by_pin=True), settings=SHOP) as bench:
        await with_pins(bench)
        assert "checkout" not in [choice.value for choice in bench.screen.choices]
        await count_out(bench)
        await bench.touch("start", "shift")
        await bench.scan(badge(4))
        assert bench.screen.code == "A157"
        await bench.scan(badge(3))
        await bench.key(PIN)
        await bench.touch("pick", "sum")
        await bench.key("0")
        await bench.touch("confirm")
        assert bench.booked[-1].command.at.operator == "E03"
        await bench.touch("done")
        assert "checkout" in [choice.value for choice in bench.screen.choices]


async def test_who_learns_approves_by_badge_alone() -> None:
    async with Bench(policy=TWO_PEOPLE, settings=SHOP, training=True) as bench:
        await to_second(bench)
        await bench.scan(badge(2))
        assert bench.state is State.APPROVED


async def test_whom_headquarters_names_takes_the_place_of_the_file() -> None:
    async with Bench(policy=TWO_PEOPLE, settings=LEVEL) as bench:
        far = await bench.ledger.pin_book.verifier(PIN)
        manager = StaffMember(id=StaffId("s7"), name="Lee", badge="ST-7777", role=Role.MANAGER)
        bench.counter.employs(Employed(staff=(AT_DRAWER, manager), verifiers={manager.id: far}))
        await to_second(bench)
        await bench.scan(badge(3))
        assert bench.screen.code == "A105"
        await bench.scan("ST-7777")
        await bench.key(PIN)
        assert bench.state is State.APPROVED
        assert bench.booked[-1].command.at.second == manager.id


@pytest.mark.parametrize(("name", "asks"), [("E05", True), ("E02", True), ("E03", False)])
async def test_a_shift_is_opened_in_the_name_of_whoever_may_more_only_by_their_pin(
    name: str, *, asks: bool
) -> None:
    async with Bench(policy=POLICY, settings=MANAGED) as bench:
        await with_pins(bench)
        await count_out(bench)
        await bench.touch("start", "shift")
        await bench.touch("pick", "open")
        await bench.touch("pick", name)
        assert (bench.screen.keying is Keying.PIN) is asks
        if asks:
            await bench.key(OTHER)
            assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.PIN)
            await bench.key(PIN)
        await bench.touch("pick", "sum")
        await bench.key("100")
        await bench.touch("confirm")
        command = bench.booked[-1].command
        assert isinstance(command, BookShiftOpen)
        assert command.at.operator == name
