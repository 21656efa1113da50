"""A sale with nothing but the scanner: codes of the command sheet answer every screen."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.command_sheet import CommandSheet, Order, Says
from terminal.core.commands import BookHold, BookSale
from terminal.core.errors import BadScan, NotAskedNow, NotThisSheet
from terminal.core.forecourt import Nozzle, Stage, sale_of
from terminal.core.screens import State
from terminal.core.signals import Cue
from terminal.desk.ordering import AGAIN_MS
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import BADGE, MILK_CODE, SHEET, Bench
from tests.desk.test_beside import Box
from tests.desk.test_counter_outside import bench_of, to_the_code
from tests.flows.shop import POLICY, WANG_CARD


def code(word: Says, value: str = "") -> str:
    return SHEET.code(Order(says=word, value=value))


async def test_a_sale_in_cash_needs_no_look_at_a_screen() -> None:
    box = Box()
    async with Bench() as bench:
        bench.beside.add(box)
        await bench.scan(MILK_CODE)
        await bench.scan(code(Says.CONFIRM))
        assert box.told == [Cue.ACCEPTED, Cue.ACCEPTED]
        await bench.scan(code(Says.SKIP))
        await bench.scan(code(Says.SUM, "5000"))
        assert bench.state is State.CONFIRM
        assert box.told == [Cue.ACCEPTED] * 2
        await bench.time.pass_s(1)
        await bench.scan(code(Says.CONFIRM))
        assert bench.state is State.APPROVED
        assert len(bench.booked) == 1
        await bench.scan(code(Says.CANCEL))
        assert len(bench.booked) == 1


async def test_with_a_card_and_with_a_symbology_identifier() -> None:
    async with Bench() as bench:
        await bench.scan("]Q1" + code(Says.START, "checkout"))
        await bench.scan(MILK_CODE)
        await bench.scan(code(Says.CONFIRM))
        await bench.tap(WANG_CARD)
        await bench.scan("]Q1" + code(Says.TENDER, "stored"))
        assert bench.state is State.CONFIRM
        await bench.scan(code(Says.CANCEL))
        assert not bench.booked


async def test_a_code_held_before_the_scanner_is_one_touch() -> None:
    box = Box()
    async with Bench() as bench:
        bench.beside.add(box)
        await bench.scan(MILK_CODE)
        await bench.scan(code(Says.CONFIRM))
        title, _ = bench.title, box.told
        await bench.time.pass_s((AGAIN_MS - 1) / 1000)
        await bench.scan(code(Says.CONFIRM))
        await bench.scan("]Q1" + code(Says.CONFIRM))
        assert (bench.title, box.told) == (title, [])
        await bench.time.pass_s(AGAIN_MS / 1000)
        await bench.scan(code(Says.CONFIRM))
        assert box.told == [Cue.REJECTED]  # Nothing is to be confirmed: a card is asked for.


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (code(Says.TENDER, "cash"), NotAskedNow),
        (CommandSheet(lambda _: bytes(32), 1).code(Order(says=Says.CANCEL)), NotThisSheet),
        ("CS-SHELL-AAAAAAAAAAAAAAAA", BadScan),
    ],
)
async def test_what_cannot_be_used_is_heard_and_seen(
    text: str, fault: type[NotAskedNow | NotThisSheet | BadScan]
) -> None:
    box = Box()
    async with Bench() as bench:
        bench.beside.add(box)
        await bench.scan(text)
        assert bench.state is State.DECLINED
        assert bench.screen.code == fault.code
        assert box.told == [Cue.REJECTED]


async def test_where_no_screen_says_so_it_is_heard() -> None:
    box = Box()
    async with Bench() as bench:
        bench.beside.add(box)
        await bench.scan(MILK_CODE)
        await bench.scan(code(Says.CONFIRM))
        await bench.scan(code(Says.SKIP))
        title, _ = bench.title, box.told
        await bench.scan(code(Says.GRADE, "95"))
        assert (bench.title, box.told) == (title, [Cue.REJECTED])


async def test_while_a_payment_code_is_asked_for_the_sheet_is_no_payment_code() -> None:
    bench, books = bench_of()
    async with bench:
        await to_the_code(bench)
        await bench.scan(code(Says.CANCEL))
        assert bench.title == "Cancelled. Nothing was charged."
        assert books.payments == {}


STATION = replace(POLICY, without_pin=replace(POLICY.without_pin, open=1_000_00))


async def heard(bench: Bench, box: Box, *texts: str) -> list[list[Cue]]:
    """What sounds after each."""
    found = []
    for text in texts:
        await bench.scan(text)
        found.append(box.told)
        await bench.time.pass_s(1.5)
    return found


async def test_a_fill_is_released_and_settled_by_the_scanner_alone() -> None:
    """Product.md C2 without a look at the screen: every code is answered by what is heard."""
    there, box = Forecourt(Nozzle(number=1, grade="92", price=7_38)), Box()
    async with Bench(policy=STATION, forecourt=Near(there)) as bench:
        bench.beside.add(box)
        said = await heard(
            bench, box, code(Says.START, "release"), BADGE, code(Says.NOZZLE, "1"), code(Says.PRESET, "sum"),
            code(Says.SUM, "5000"),
        )  # fmt: skip
        assert said == [[Cue.ACCEPTED]] * 5
        await bench.tap(WANG_CARD)
        assert bench.state is State.CONFIRM
        assert box.told == [Cue.ACCEPTED]
        assert await heard(bench, box, code(Says.CONFIRM)) == [[Cue.ACCEPTED]]
        ((fill, standing),) = there.fills.items()
        assert (standing.nozzle, standing.stage) == (1, Stage.RELEASED)
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = [one.command for one in bench.booked if isinstance(one.command, BookSale)]
        assert (sale.id, sale.due) == (sale_of(fill), 29_52)


async def test_a_fill_is_paid_afterwards_by_the_scanner_alone() -> None:
    there, box = Forecourt(Nozzle(number=1, grade="92", price=7_38)), Box()
    async with Bench(policy=STATION, forecourt=Near(there)) as bench:
        bench.beside.add(box)
        assert await heard(
            bench, box, code(Says.START, "release"), BADGE, code(Says.NOZZLE, "1"), code(Says.PRESET, "full"),
            code(Says.SKIP), code(Says.CONFIRM), code(Says.CONFIRM),
        ) == [[Cue.ACCEPTED]] * 7  # fmt: skip
        there.pump(1, 1_000)
        there.hang(1)
        said = await heard(
            bench, box, BADGE, code(Says.SKIP), code(Says.NOZZLE, "1"), code(Says.TENDER, "cash"),
            code(Says.SUM, "10000"), code(Says.CONFIRM),
        )  # fmt: skip
        assert said == [*[[Cue.ACCEPTED]] * 5, [Cue.ACCEPTED] * 2]  # The code, and the sale.
        (sale,) = [one.command for one in bench.booked if isinstance(one.command, BookSale)]
        assert (sale.due, sale.received) == (73_80, 100_00)


async def test_a_nozzle_is_stopped_by_the_scanner_and_another_answer_is_heard_where_none_flows() -> None:
    there, box = Forecourt(*(Nozzle(number=one, grade="92", price=7_38) for one in (1, 2))), Box()
    async with Bench(policy=STATION, forecourt=Near(there)) as bench:
        bench.beside.add(box)
        for number in (1, 2):
            filled = there.by_hand(number, 100)
            there.fills[filled.id] = replace(filled, stage=Stage.FLOWING)
        assert await heard(bench, box, code(Says.START, "stop"), code(Says.NOZZLE, "3")) == [
            [Cue.ACCEPTED],
            [Cue.REJECTED],
        ]
        assert await heard(bench, box, code(Says.NOZZLE, "2")) == [[Cue.ACCEPTED]]
        assert [one.nozzle for one in there.open() if one.stage is Stage.FLOWING] == [1]


async def test_a_card_that_does_not_reach_is_answered_by_the_scanner() -> None:
    there, box = Forecourt(Nozzle(number=1, grade="92", price=7_38)), Box()
    async with Bench(policy=STATION, forecourt=Near(there)) as bench:
        bench.beside.add(box)
        await heard(
            bench, box, code(Says.START, "release"), BADGE, code(Says.NOZZLE, "1"), code(Says.PRESET, "sum"),
            code(Says.SUM, "50000"),
        )  # fmt: skip
        await bench.tap(WANG_CARD)
        assert box.told[-1] is Cue.REJECTED
        said = await heard(
            bench, box, code(Says.CONFIRM), code(Says.LESS), code(Says.PRESET, "full"), code(Says.CONFIRM)
        )
        assert said == [[Cue.ACCEPTED]] * 4
        assert [one.amount for one in (b.command for b in bench.booked) if isinstance(one, BookHold)] == [
            110_00
        ]
