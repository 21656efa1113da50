"""A count card at a running counter: bought, used in three visits, gone."""

from __future__ import annotations

from terminal.core.cart import Article
from terminal.core.commands import BookSale
from terminal.core.screens import State
from tests.desk.fakes import Bench
from tests.flows.shop import WANG_CARD

CUT = Article(sku="H01", name="剪发", category="service", price=20_00, barcodes=("4006381333931",))
TWO = Article(
    sku="K02", name="剪发两次卡", category="card", price=100_00, uses=2, uses_of=("H01",),
    barcodes=("9780201379624",),
)  # fmt: skip
DAYS = Article(
    sku="K03", name="周卡", category="card", price=60_00, uses=3, uses_of=("H01",), uses_days=1,
    barcodes=("5901234123457",),
)  # fmt: skip
CODES = {one.barcodes[0]: one for one in (CUT, TWO, DAYS)}


async def buys(bench: Bench, card: Article = TWO) -> None:
    await bench.scan(card.barcodes[0])
    await bench.touch("done")
    await bench.tap(WANG_CARD)
    await bench.touch("pick", "cash")
    await bench.key("100")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")


async def visits(bench: Bench) -> list[str]:
    await bench.scan(CUT.barcodes[0])
    await bench.touch("done")
    await bench.tap(WANG_CARD)
    return [one.value for one in bench.screen.choices if one.do == "pick"]


async def test_it_pays_twice_and_is_used_up() -> None:
    async with Bench(catalogue=CODES) as bench:
        await buys(bench)
        for left in (1, 0):
            assert await visits(bench) == ["use", "pay"]
            await bench.touch("pick", "use")
            assert (bench.state, bench.title) == (State.CONFIRM, "Take it off the count card?")
            await bench.touch("confirm")
            assert bench.state is State.APPROVED
            booked = bench.booked[-1]
            assert isinstance(booked.command, BookSale)
            assert booked.after is not None
            assert booked.after.uses == ({"K02": left} if left else {})
            await bench.touch("done")
        assert "stored" in await visits(bench)


async def test_a_card_that_is_sold_no_more_is_called_as_it_was_sold() -> None:
    async with Bench(catalogue=CODES, articles=[CUT]) as bench:
        await buys(bench)
        await visits(bench)
        await bench.touch("pick", "use")
        await bench.touch("confirm")
        assert "剪发两次卡" in bench.screen.receipt
        assert left_shown(bench) == [("剪发两次卡", "x1")]
        assert "K02" not in bench.screen.receipt


async def test_the_use_comes_back_with_a_void() -> None:
    async with Bench(catalogue=CODES) as bench:
        await buys(bench)
        await visits(bench)
        await bench.touch("pick", "use")
        await bench.touch("confirm")
        number = bench.booked[-1].receipt_no
        await bench.touch("done")
        await bench.touch("start", "void")
        await bench.key(number)
        await bench.touch("pick", bench.screen.choices[0].value)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        after = bench.booked[-1].after
        assert after is not None
        assert after.uses == {"K02": 2}


def uses_told(bench: Bench) -> dict[str, int]:
    """By the last receipt."""
    last = bench.printing.last
    assert last is not None
    assert last.after is not None
    return last.after.uses


def left_shown(bench: Bench) -> list[tuple[str, str]]:
    """On the last screen of a sale."""
    labels = [(line.label, line.value) for line in bench.screen.lines]
    return [(label.values["name"], value) for label, value in labels if label.text == "Uses left, {name}"]


async def test_the_receipt_names_the_card_and_leaves_out_uses_that_have_ended() -> None:
    async with Bench(catalogue=CODES, articles=[*CODES.values()]) as bench:
        await buys(bench, DAYS)
        await buys(bench)
        assert uses_told(bench) == {"K02": 2, "K03": 3}
        bench.time._ms += 2 * 86_400_000
        await visits(bench)
        await bench.touch("pick", "use")
        await bench.touch("confirm")
        assert uses_told(bench) == {"K02": 1}
        paper = bench.screen.receipt
        assert "剪发两次卡" in paper
        assert "K0" not in paper
        assert left_shown(bench) == [("剪发两次卡", "x1")]
        await bench.touch("done")
        await visits(bench)
        await bench.touch("pick", "use")
        await bench.touch("confirm")
        assert left_shown(bench) == [("剪发两次卡", "x0")]
        await bench.touch("done")
        await visits(bench)
        await bench.touch("pick", "cash")
        await bench.key("20")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert left_shown(bench) == []


async def test_what_goes_back_is_called_by_its_name() -> None:
    async with Bench(catalogue=CODES, articles=[*CODES.values()]) as bench:
        await buys(bench)
        number = bench.booked[-1].receipt_no
        await bench.touch("start", "void")
        await bench.key(number)
        await bench.touch("pick", bench.screen.choices[0].value)
        told = [(line.label.values.get("name"), line.value) for line in bench.screen.lines]
        assert ("剪发两次卡", "-2") in told
        await bench.touch("confirm")
        told = [(line.label.values.get("name"), line.value) for line in bench.screen.lines]
        assert ("剪发两次卡", "-2") in told
