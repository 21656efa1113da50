"""Who did a service: named at the cart by badge or by name, and in the entry with what it earns them."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.commands import BookSale, Commission, Measured
from terminal.core.commission import Rate
from terminal.core.screens import State
from terminal.core.values import StaffId
from tests.desk.fakes import BREAD_CODE, MILK_CODE, Bench
from tests.desk.test_carting import APPLES, labels, shown
from tests.desk.test_counter_second import SHOP, badge
from tests.flows.shop import MILK, POLICY

CUT_CODE = "96385074"
CUT = replace(MILK, sku="C1", name="剪发", category="hair", price=30_00, barcodes=(CUT_CODE,))
TEA = replace(APPLES, category="hair")
RATED = replace(POLICY, commissions=(Rate(category="hair", bp=10_00),), override_reasons=())


def counter(*articles: Article) -> Bench:
    return Bench(policy=RATED, settings=SHOP, articles=articles or (CUT,))


async def sold(bench: Bench) -> list[Commission | None]:
    await bench.touch("done")
    await bench.touch("skip")
    await bench.key("500")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    command = bench.booked[-1].command
    assert isinstance(command, BookSale)
    return [line.commission for line in command.lines]


def by(staff: str, fen: int) -> Commission:
    return Commission(by=StaffId(staff), amount=fen)


async def test_nobody_is_asked_and_it_is_the_attendants() -> None:
    async with counter() as bench:
        await bench.scan(CUT_CODE)
        assert await sold(bench) == [by("E00", 3_00)]


async def test_whoever_did_it_is_chosen_by_name() -> None:
    async with counter() as bench:
        await bench.scan(CUT_CODE, CUT_CODE)
        await bench.touch("change", "0")
        assert labels(bench)[0] == "Who did it"
        assert shown(bench) == [("Up to now", "2"), ("Done by", "店员")]
        await bench.touch("pick", "done_by")
        assert (bench.state, bench.title) == (State.CHOOSING, "Who did it?")
        assert labels(bench) == ["店员", "王二", "李三", "Cancel"]
        await bench.touch("pick", "E03")
        assert (bench.state, bench.screen.amount) == (State.CART, "¥60.00")
        await bench.touch("change", "0")
        assert shown(bench)[1] == ("Done by", "李三")
        await bench.touch("cancel")
        assert await sold(bench) == [by("E03", 6_00)]


async def test_whoever_did_it_scans_a_badge_and_a_technician_does_nothing() -> None:
    async with counter() as bench:
        await bench.scan(CUT_CODE)
        await bench.touch("change", "0")
        await bench.touch("pick", "done_by")
        await bench.scan(badge(4))
        assert (bench.state, bench.screen.code) == (State.CHOOSING, "A157")
        await bench.scan(badge(2))
        assert bench.state is State.CART
        assert await sold(bench) == [by("E02", 3_00)]


async def test_cancelled_it_is_whose_it_was() -> None:
    async with counter() as bench:
        await bench.scan(CUT_CODE)
        await bench.touch("change", "0")
        await bench.touch("pick", "done_by")
        await bench.touch("cancel")
        assert bench.state is State.CART
        assert await sold(bench) == [by("E00", 3_00)]


async def test_two_of_one_service_are_done_by_two() -> None:
    async with counter() as bench:
        await bench.scan(CUT_CODE)
        await bench.touch("change", "0")
        await bench.touch("pick", "done_by")
        await bench.touch("pick", "E02")
        await bench.scan(CUT_CODE)
        assert await sold(bench) == [by("E02", 3_00), by("E00", 3_00)]


async def test_of_what_nobody_earns_with_nobody_is_asked() -> None:
    async with Bench(policy=RATED, settings=SHOP) as bench:
        await bench.scan(MILK_CODE, BREAD_CODE)
        await bench.touch("change", "0")
        assert labels(bench) == ["Cancel"]
        assert shown(bench) == [("Up to now", "1")]
        await bench.touch("cancel")
        assert await sold(bench) == [None, None]


async def test_of_what_is_weighed_too() -> None:
    assert TEA.measured is Measured.GRAM
    async with counter(TEA) as bench:
        await bench.touch("start", "checkout")
        await bench.touch("find")
        await bench.key("A01")
        await bench.touch("pick", "A01")
        await bench.key("1")
        await bench.touch("change", "0")
        assert labels(bench) == ["Weight", "Tare", "Who did it", "Cancel"]
        await bench.touch("pick", "done_by")
        await bench.touch("pick", "E02")
        assert await sold(bench) == [by("E02", 1_20)]
