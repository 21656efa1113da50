"""A sale with nothing but the scanner: codes of the command sheet answer every screen."""

from __future__ import annotations

import pytest

from terminal.core.command_sheet import CommandSheet, Order, Says
from terminal.core.errors import BadScan, NotAskedNow, NotThisSheet
from terminal.core.screens import State
from terminal.core.signals import Cue
from terminal.desk.ordering import AGAIN_MS
from tests.desk.fakes import MILK_CODE, SHEET, Bench
from tests.desk.test_beside import Box
from tests.desk.test_counter_outside import bench_of, to_the_code
from tests.flows.shop import WANG_CARD


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
