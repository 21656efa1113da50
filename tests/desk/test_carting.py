"""What an attendant may do with goods on the counter before anybody pays."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Article, Cart
from terminal.core.commands import Measured
from terminal.core.labels import Layout
from terminal.core.parked import PARKED_MAX, ParkedCart
from terminal.core.screens import Keying, State
from tests.desk.fakes import BREAD_CODE, MILK_CODE, Bench, MemoryParked
from tests.flows.shop import BREAD, MILK, POLICY

APPLES = Article(
    sku="A01", name="红富士苹果", category="fruit", price=11_96, measured=Measured.GRAM, plu=10001
)
PACK = Article(
    sku="P1", name="早餐", category="pack", price=1, of=("M01", "B01", "M01"), barcodes=("96385074",)
)
LABELS = replace(POLICY, scale_labels=(Layout(form="22PPPPPAAAAAC"),))


def shown(bench: Bench) -> list[tuple[str, str]]:
    lines = bench.screen.lines
    return [(line.label.text.format(**line.label.values), line.value) for line in lines]


def labels(bench: Bench) -> list[str]:
    return [one.label.text.format(**one.label.values) for one in bench.screen.choices]


async def test_the_pieces_of_a_line_are_changed() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE, BREAD_CODE)
        assert [line.changes for line in bench.screen.lines] == [True, True]
        assert await bench.touch("change", "0")
        assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.PIECES)
        assert shown(bench) == [("Up to now", "1")]
        await bench.key("12")
        assert shown(bench) == [("牛奶 x 12", "¥42.00"), ("面包 x 1", "¥12.34")]


async def test_a_count_that_cannot_be_is_asked_again_and_cancel_changes_nothing() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("change", "0")
        for text in ("0", "1000", "1.5", "-1", "", "x"):
            await bench.key(text)
            assert (bench.state, bench.screen.code) == (State.KEYING, "A121")
        await bench.touch("cancel")
        assert (bench.state, shown(bench)) == (State.CART, [("牛奶 x 1", "¥3.50")])


async def test_more_than_one_sale_may_come_to_is_refused_and_the_line_stays() -> None:
    async with Bench(articles=(replace(BREAD, sku="D", price=90_000_00, barcodes=("96385074",)),)) as bench:
        await bench.scan("96385074")
        await bench.touch("change", "0")
        await bench.key("2")
        assert (bench.state, bench.screen.code) == (State.CART, "61")
        assert shown(bench) == [("面包 x 1", "¥90000.00")]


async def test_what_is_weighed_here_is_found_by_the_first_letters_of_its_name() -> None:
    async with Bench(articles=(APPLES,)) as bench:
        await bench.touch("start", "checkout")
        await bench.touch("find")
        assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.SEARCH)
        await bench.key("zzz")
        assert bench.screen.code == "A123"
        await bench.key("hfs")
        assert labels(bench) == ["红富士苹果 ¥11.96", "Cancel"]
        await bench.touch("pick", "A01")
        assert bench.screen.keying is Keying.WEIGHT
        await bench.key("1.25")
        assert shown(bench) == [("红富士苹果 x 1.250 kg", "¥14.95")]


async def test_the_bag_is_taken_off_the_weight() -> None:
    async with Bench(articles=(APPLES,)) as bench:
        await bench.touch("start", "checkout")
        await _weighed(bench, "1.25")
        await bench.touch("change", "0")
        await bench.touch("pick", "tare")
        await bench.key("1.25")
        assert bench.screen.code == "A121"
        await bench.key("0.05")
        assert shown(bench) == [("红富士苹果 x 1.200 kg", "¥14.35")]
        await bench.touch("change", "0")
        await bench.touch("pick", "weight")
        await bench.key("2.05")
        assert shown(bench) == [("红富士苹果 x 2.000 kg", "¥23.92")]


async def _weighed(bench: Bench, kilograms: str) -> None:
    await bench.touch("find")
    await bench.key("A01")
    await bench.touch("pick", "A01")
    await bench.key(kilograms)


async def test_what_the_scale_printed_is_changed_nowhere_else() -> None:
    async with Bench(policy=replace(LABELS, override_reasons=()), articles=(APPLES,)) as bench:
        await bench.scan("2210001014786")
        await bench.touch("change", "0")
        assert (bench.state, bench.screen.code) == (State.CART, "A121")
        assert shown(bench) == [("红富士苹果 x 1.236 kg", "¥14.78")]


async def test_something_is_taken_off_what_the_scale_printed() -> None:
    async with Bench(policy=LABELS, articles=(APPLES,)) as bench:
        await bench.scan("2210001014786")
        await bench.touch("change", "0")
        await bench.touch("pick", "percent")
        await bench.key("50")
        await bench.touch("pick", "临期")
        assert bench.screen.amount == "¥7.39"


async def test_something_found_is_one_piece_and_a_pack_is_its_contents() -> None:
    async with Bench(articles=(PACK,)) as bench:
        await bench.scan("96385074")
        assert shown(bench) == [("牛奶 x 2", "¥7.00"), ("面包 x 1", "¥12.34")]
        await bench.touch("find")
        await bench.key("牛")
        await bench.touch("pick", "M01")
        assert shown(bench)[0] == ("牛奶 x 3", "¥10.50")


async def test_a_pack_of_what_is_not_sold_is_unknown() -> None:
    async with Bench(articles=(replace(PACK, of=("M01", "X")),)) as bench:
        await bench.scan("96385074")
        assert (bench.screen.code, shown(bench)) == ("A101", [])


async def test_a_cart_is_parked_and_taken_back_at_its_prices() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE, MILK_CODE)
        await bench.touch("park")
        assert (bench.state, shown(bench)) == (State.CART, [])
        await bench.scan(BREAD_CODE)
        assert "unpark" not in [one.do for one in bench.screen.choices]
        await bench.touch("remove", "0")
        (parked,) = bench.parked.carts
        assert await bench.touch("unpark", parked.id)
        assert shown(bench) == [("牛奶 x 2", "¥7.00")]
        assert bench.parked.carts == []


async def test_a_cart_that_lay_too_long_has_the_prices_of_today() -> None:
    dearer = replace(MILK, price=4_00)
    for age_ms, due in ((15 * 60_000, "¥3.50"), (15 * 60_000 + 1, "¥4.00"), (-1, "¥4.00")):
        parked = MemoryParked()
        async with Bench(parked=parked, catalogue={MILK_CODE: dearer}) as bench:
            at = bench.session.occasion()
            await parked.put(
                ParkedCart(
                    id="p",
                    cart=Cart().scanned(MILK),
                    wall_ms=at.wall_ms - age_ms,
                    business_day=at.business_day,
                    due=3_50,
                )
            )
            await bench.touch("start", "checkout")
            await bench.touch("unpark", "p")
            assert bench.screen.amount == due


async def test_parked_carts_have_an_end() -> None:
    parked = MemoryParked()
    async with Bench(parked=parked) as bench:
        at = bench.session.occasion()
        one = ParkedCart(
            id="p", cart=Cart().scanned(MILK), wall_ms=at.wall_ms, business_day=at.business_day, due=3_50
        )
        parked.carts = [replace(one, id=str(place)) for place in range(PARKED_MAX)]
        await bench.scan(MILK_CODE)
        await bench.touch("park")
        assert (bench.screen.code, shown(bench)) == ("A122", [("牛奶 x 1", "¥3.50")])


async def test_goods_scanned_after_a_question_of_its_own_are_in_the_cart() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("change", "0")
        await bench.key("2")
        await bench.scan(MILK_CODE, BREAD_CODE)
        assert shown(bench) == [("牛奶 x 3", "¥10.50"), ("面包 x 1", "¥12.34")]


async def test_only_what_the_screen_shows_may_be_changed() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        for do, value in (("change", "1"), ("change", ""), ("unpark", "p"), ("change", "-1")):
            assert not await bench.touch(do, value)


async def test_people_are_told_when_little_is_left_and_the_sale_goes_on() -> None:
    async with Bench(left={"M01": 22, "B01": 500}) as bench:
        await bench.scan(MILK_CODE, MILK_CODE)
        assert bench.screen.advice is None
        await bench.scan(MILK_CODE)
        assert bench.screen.advice is not None
        assert bench.screen.advice.text == "{left} of {name} left. Tell the manager."
        assert bench.screen.advice.values == {"left": "19", "name": "牛奶"}
        await bench.touch("done")
        assert bench.state is State.READY


async def test_what_should_not_be_there_any_more_is_sold_all_the_same() -> None:
    async with Bench(left={"M01": -4}) as bench:
        await bench.scan(MILK_CODE)
        assert bench.screen.advice is not None
        assert bench.screen.advice.values["left"] == "0"
        await bench.touch("done")
        assert bench.state is State.READY
