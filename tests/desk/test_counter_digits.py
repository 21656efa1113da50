"""Any number by the scanner alone: codes of digits, heard, seen and handed over (product.md C1, C2, G13)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.command_sheet import Order, Says
from terminal.core.commands import BookSale
from terminal.core.errors import NotAskedNow, NothingToErase, NumberFull
from terminal.core.events import ButtonPressed, Does
from terminal.core.forecourt import Nozzle, Preset
from terminal.core.policy import WithoutPin
from terminal.core.screens import Intent, Keying, State
from terminal.core.signals import Cue, cue_of
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import BADGE, MILK_CODE, Bench, settled
from tests.desk.test_beside import Mouth
from tests.desk.test_counter_members import SALON
from tests.desk.test_counter_pin import PIN, with_pin
from tests.desk.test_counter_sheet import STATION, code
from tests.flows.shop import PHONE, WANG_CARD

AFTER_S = 1.1
"""The same code counts again."""
CONFIRM = code(Says.CONFIRM)


def digits(keys: str) -> list[str]:
    return [code(Says.POINT) if key == "." else code(Says.DIGIT, key) for key in keys]


async def scanned(bench: Bench, *texts: str) -> None:
    for text in texts:
        await bench.scan(text)
        await bench.time.pass_s(AFTER_S)


def station(mouth: Mouth) -> tuple[Bench, Forecourt]:
    there = Forecourt(Nozzle(number=1, grade="92", price=7_38))
    bench = Bench(policy=STATION, forecourt=Near(there))
    bench.beside.add(mouth)
    return bench, there


async def to_the_number(bench: Bench, how: str) -> None:
    await scanned(bench, code(Says.START, "release"), BADGE, code(Says.NOZZLE, "1"), code(Says.PRESET, how))
    assert bench.state is State.KEYING


@pytest.mark.parametrize(
    ("how", "keys", "preset"),
    [
        ("sum", "137.50", Preset(fen=137_50)),
        ("litres", "18.63", Preset(centilitres=18_63)),
        ("sum", "200", Preset(fen=200_00)),
    ],
)
async def test_an_odd_sum_or_quantity_is_preset_by_the_scanner(how: str, keys: str, preset: Preset) -> None:
    mouth = Mouth()
    bench, there = station(mouth)
    async with bench:
        await to_the_number(bench, how)
        step, _ = bench.screen.step, mouth.told
        for place, key in enumerate(digits(keys), 1):
            await scanned(bench, key)
            assert (bench.screen.typed, bench.screen.step) == (keys[:place], step)
            assert mouth.told == [Cue.ACCEPTED]
        assert mouth.spelled == keys.replace(".", "")
        await scanned(bench, CONFIRM)
        assert mouth.told == [Cue.ACCEPTED]
        assert bench.screen.typed == ""
        await scanned(bench, code(Says.SKIP), CONFIRM)
        (standing,) = there.presets.values()
        assert standing == preset


async def test_a_wrong_digit_is_erased_and_all_are() -> None:
    mouth = Mouth()
    bench, there = station(mouth)
    async with bench:
        await to_the_number(bench, "sum")
        _ = mouth.told
        last, everything = code(Says.ERASE, "last"), code(Says.ERASE, "all")
        await scanned(bench, *digits("138"), last, *digits("7"))
        assert (bench.screen.typed, mouth.told) == ("137", [Cue.ACCEPTED] * 5)
        await scanned(bench, everything, *digits("5.5"), last, last, *digits("0"))
        assert bench.screen.typed == "50"
        await scanned(bench, everything)
        _ = mouth.told
        await scanned(bench, last)
        assert mouth.told == [Cue.REJECTED]
        await scanned(bench, *digits("50"), CONFIRM, code(Says.SKIP), CONFIRM)
        (standing,) = there.presets.values()
        assert standing == Preset(fen=50_00)


async def test_a_digit_that_is_read_twice_counts_once_and_is_heard() -> None:
    mouth = Mouth()
    bench, _ = station(mouth)
    async with bench:
        await to_the_number(bench, "sum")
        _ = mouth.told
        (one,) = digits("1")
        await bench.scan(one)
        await bench.scan(one)
        assert (bench.screen.typed, mouth.told) == ("1", [Cue.ACCEPTED, Cue.USED])
        await bench.time.pass_s(AFTER_S)
        await bench.scan(one)
        assert (bench.screen.typed, mouth.told) == ("11", [Cue.ACCEPTED])


async def test_where_nothing_was_scanned_nothing_is_erased() -> None:
    bench, _ = station(Mouth())
    async with bench:
        await scanned(bench, BADGE, code(Says.ERASE, "last"))
        assert (bench.screen.keying, bench.screen.code) == (Keying.PHONE, NothingToErase.code)


async def test_what_the_number_has_no_place_for_changes_nothing() -> None:
    mouth = Mouth()
    bench, _ = station(mouth)
    async with bench:
        await to_the_number(bench, "sum")
        await scanned(bench, *digits("1.25"))
        screen, _ = bench.screen, mouth.told
        for one, fault in zip(
            (*digits("5."), code(Says.GRADE, "92")), (NumberFull, NumberFull, NotAskedNow), strict=True
        ):
            await scanned(bench, one)
            assert (bench.screen, mouth.told) == (screen, [cue_of(fault.code)])
            assert cue_of(fault.code) is Cue.REJECTED


async def test_a_digit_where_no_number_is_asked_for_is_refused_and_does_nothing() -> None:
    mouth = Mouth()
    async with Bench() as bench:
        bench.beside.add(mouth)
        await scanned(bench, *digits("1"))
        assert (bench.state, bench.screen.code) == (State.DECLINED, NotAskedNow.code)
        assert mouth.told == [Cue.REJECTED]
        await bench.time.pass_s(60)
        await scanned(bench, MILK_CODE, CONFIRM)
        assert bench.state is State.READY
        asked, _ = (bench.title, bench.screen.choices), mouth.told
        for one in (*digits("1."), code(Says.ERASE, "all")):
            await scanned(bench, one)
            assert ((bench.title, bench.screen.choices), mouth.told) == (asked, [Cue.REJECTED])
            assert bench.screen.typed == ""
        assert mouth.spelled == ""


async def test_cash_of_any_sum_is_counted_by_the_scanner() -> None:
    async with Bench() as bench:
        await scanned(bench, MILK_CODE, CONFIRM, code(Says.SKIP), code(Says.TENDER, "cash"), *digits("9.70"))
        await scanned(bench, CONFIRM)
        assert bench.state is State.CONFIRM
        await scanned(bench, CONFIRM)
        (sale,) = [one.command for one in bench.booked if isinstance(one.command, BookSale)]
        assert sale.received == 9_70


async def test_a_phone_number_is_heard_and_not_said_aloud() -> None:
    mouth = Mouth()
    bench, there = station(mouth)
    there.by_hand(1, 10_00)
    async with bench:
        await scanned(bench, BADGE)
        assert bench.screen.keying is Keying.PHONE
        _ = mouth.told
        await scanned(bench, *digits("13911112222"))
        assert (mouth.told, mouth.spelled) == ([Cue.ACCEPTED] * 11, "")
        assert bench.screen.typed == "13911112222"
        await scanned(bench, CONFIRM, code(Says.SKIP), code(Says.NOZZLE, "1"), code(Says.EXACT), CONFIRM)
        (sale,) = [one.command for one in bench.booked if isinstance(one.command, BookSale)]
        assert sale.opens is not None
        assert sale.due == 73_80


async def test_a_pin_is_neither_seen_nor_said() -> None:
    mouth = Mouth()
    async with Bench() as bench:
        bench.beside.add(mouth)
        await with_pin(bench)
        await bench.time.pass_s(60)
        await bench.touch("start", "pin")
        await bench.tap(WANG_CARD)
        assert bench.screen.keying is Keying.PIN
        await scanned(bench, *digits(PIN))
        assert bench.screen.typed == "●" * len(PIN)
        assert mouth.spelled == ""
        title = bench.title
        await bench.touch("key")  # Enter on the page, which knows none of it.
        assert bench.title != title
        assert bench.screen.typed == ""


async def test_a_birthday_is_keyed_by_codes_and_not_said_aloud() -> None:
    mouth = Mouth()
    async with Bench(policy=replace(SALON, consents=("marketing",))) as bench:
        bench.beside.add(mouth)
        await bench.touch("start", "member")
        await bench.key(PHONE.number)
        for agreed in ("no", "no"):  # Offers; what they say about their health.
            await bench.touch("pick", agreed)
        await bench.key("Wang")
        await bench.touch("pick", "sun")
        assert bench.screen.keying is Keying.DAY
        _ = mouth.told
        await scanned(bench, *digits("19900830"))
        assert (bench.screen.typed, mouth.spelled) == ("19900830", "")
        await scanned(bench, *digits("1"))
        assert bench.screen.typed == "19900830"
        await scanned(bench, CONFIRM)
        assert (bench.screen.keying, bench.screen.code) == (Keying.TEXT, "")


async def test_a_number_begun_goes_on_under_what_came_to_nothing_and_not_behind_an_answer() -> None:
    bench, _ = station(Mouth())
    async with bench:
        await scanned(bench, BADGE, *digits("139"), "JOIN:1")
        assert (bench.screen.keying, bench.screen.typed) == (Keying.PHONE, "139")
        await scanned(bench, CONFIRM)
        assert (bench.screen.keying, bench.screen.typed) == (Keying.PHONE, "")


async def test_the_green_button_hands_over_what_was_scanned() -> None:
    bench, there = station(Mouth())
    async with bench:
        await to_the_number(bench, "sum")
        await scanned(bench, *digits("137.5"))
        bench.counter.post(ButtonPressed(device="box", does=Does.CONFIRM))
        await settled()
        await scanned(bench, code(Says.SKIP), CONFIRM)
        (standing,) = there.presets.values()
        assert standing == Preset(fen=137_50)


async def test_what_the_page_hands_over_stands_before_what_was_scanned() -> None:
    bench, there = station(Mouth())
    async with bench:
        await to_the_number(bench, "sum")
        await scanned(bench, *digits("137"))
        assert bench.counter.intend(Intent(step=bench.screen.step, do="key", value="20"))
        await scanned(bench, *digits("5"))  # Answered already.
        await scanned(bench, code(Says.SKIP), CONFIRM)
        (standing,) = there.presets.values()
        assert standing == Preset(fen=20_00)


def test_orders_of_digits_are_spelled_as_they_are_printed() -> None:
    assert code(Says.DIGIT, "7").startswith("CS-KEY.7-")
    assert Order(says=Says.ERASE, value="all").spelled == "ERASE.ALL"


async def test_the_pin_that_a_release_needs_is_scanned_too() -> None:
    there = Forecourt(Nozzle(number=1, grade="92", price=7_38))
    async with Bench(
        policy=replace(STATION, without_pin=WithoutPin(open=10_00)), forecourt=Near(there)
    ) as bench:
        await with_pin(bench)
        await bench.time.pass_s(60)
        await to_the_number(bench, "sum")
        await scanned(bench, *digits("37.50"), CONFIRM)
        await bench.tap(WANG_CARD)
        assert bench.screen.keying is Keying.PIN
        await scanned(bench, *digits(PIN))
        assert PIN not in repr(bench.counter.view())
        await scanned(bench, CONFIRM)
        assert bench.state is State.CONFIRM
        await scanned(bench, CONFIRM)
        assert list(there.presets.values()) == [Preset(fen=37_50)]
