"""What the counter sells by: shown while it is scanned, and the same until it is booked."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from terminal.core.card_kinds import CardKind, CardUse
from terminal.core.cart import Article, Cart
from terminal.core.catalogue import Listed
from terminal.core.commands import Measured, Versions
from terminal.core.labels import Layout
from terminal.core.pricing import Tariff, parsed
from terminal.core.screens import Keying, State
from terminal.desk.prices import Offer
from terminal.store.catalogue import Unreadable
from tests.desk.fakes import BREAD_CODE, MILK_CODE, Bench
from tests.flows.shop import BREAD, MILK, POLICY, WANG_CARD

SOLD = Listed([MILK, BREAD])

HALF = {"rule": "nth_item", "name": "第二件半价", "nth": 2, "pay": 50, "skus": ["M01"]}
LESS = {"rule": "spend_less", "name": "满30减3", "rungs": [{"reach": 30_00, "less": 3_00}]}
PACK = {"rule": "pack", "name": "早餐", "price": 10_00, "contents": [["M01", 1], ["B01", 1]]}
MEMBERS = {"rule": "percent_off", "name": "会员日", "members": True, "pay": 50}


def tariff(**promotions: dict[str, Any]) -> Tariff:
    found, refused = parsed(promotions.items())
    assert not refused
    return found


def shown(bench: Bench) -> list[tuple[str, str]]:
    lines = bench.screen.lines
    return [(line.label.text.format(**line.label.values), line.value) for line in lines]


async def test_the_cart_shows_what_touched_each_line_and_what_is_nearest() -> None:
    async with Bench(tariff=tariff(half=HALF, less=LESS)) as bench:
        await bench.scan(MILK_CODE, MILK_CODE)
        assert shown(bench) == [("牛奶 x 2", "¥7.00"), ("第二件半价", "-¥1.75")]
        assert bench.screen.amount == "¥5.25"
        assert bench.screen.hint is not None
        assert bench.screen.hint.values == {"sum": "¥24.75", "name": "满30减3"}


async def test_a_line_that_a_pack_split_is_taken_out_whole() -> None:
    async with Bench(tariff=tariff(pack=PACK)) as bench:
        await bench.scan(MILK_CODE, MILK_CODE, BREAD_CODE)
        assert [line.ref for line in bench.screen.lines] == ["0", "", "1", "", "0"]
        await bench.touch("remove", "0")
        assert shown(bench) == [("面包 x 1", "¥12.34")]


async def test_a_member_is_asked_for_the_members_price() -> None:
    async with Bench(tariff=tariff(day=MEMBERS)) as bench:
        await bench.scan(BREAD_CODE)
        await bench.touch("done")
        assert (bench.state, bench.screen.amount) == (State.READY, "¥12.34")
        await bench.tap(WANG_CARD)
        assert (bench.state, bench.screen.amount) == (State.CHOOSING, "¥6.17")


async def test_a_card_that_is_for_no_discount_pays_what_everybody_pays() -> None:
    full = CardKind(name="points", shown="积分卡", uses=(CardUse.STORED, CardUse.POINTS))
    less = CardKind(name="less", shown="折扣卡", uses=(CardUse.STORED, CardUse.DISCOUNT))
    for kinds, amount in (((full, less), "¥12.34"), ((less, full), "¥6.17")):
        shop = replace(POLICY, card_kinds=kinds)
        async with Bench(policy=shop, tariff=tariff(day=MEMBERS)) as bench:
            await bench.scan(BREAD_CODE)
            await bench.touch("done")
            await bench.tap(WANG_CARD)
            assert bench.screen.amount == amount
            assert bench.screen.holder is not None
            (kind,) = (note for note in bench.screen.holder.notes if note.text == "Kind of card: {name}")
            assert kind.values == {"name": kinds[0].shown}


async def test_new_promotions_wait_for_the_next_customer() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        bench.counter.sells(Offer(articles=SOLD, tariff=tariff(half=HALF)))
        await bench.scan(MILK_CODE)
        assert bench.screen.amount == "¥7.00"
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.scan(MILK_CODE, MILK_CODE)
        assert bench.screen.amount == "¥5.25"


async def test_a_price_that_changes_while_a_cart_is_open_is_the_next_customers() -> None:
    dearer = Listed([replace(MILK, price=9_00), BREAD])
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        bench.counter.sells(Offer(articles=dearer, tariff=tariff()))
        await bench.scan(MILK_CODE)
        assert shown(bench) == [("牛奶 x 2", "¥7.00")]
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.scan(MILK_CODE)
        assert shown(bench) == [("牛奶 x 1", "¥9.00")]


async def test_a_catalogue_that_breaks_while_a_cart_is_open_takes_nothing_out_of_it() -> None:
    unread = Offer(articles=Unreadable("gone"), tariff=tariff())
    async with Bench() as bench:
        bench.counter.sells(unread)
        await bench.touch("start", "checkout")
        await bench.key("5")
        await bench.scan(MILK_CODE)
        assert bench.screen.code == "A140"
        assert bench.screen.amount == "¥5.00"


async def test_an_entry_names_what_its_customer_was_told_prices_by_and_the_hot_list_of_now() -> None:
    prices, more, hot = "ab" * 32, "cd" * 32, {"cards": "12" * 32, "members": "34" * 32}

    async def buys(bench: Bench) -> Versions:
        await bench.touch("done")
        await bench.touch("skip")
        await bench.key("20")
        await bench.touch("confirm")
        await bench.touch("done")
        return bench.booked[-1].command.at.versions

    async with Bench(config="ef" * 32, active=lambda: hot) as bench:
        bench.counter.sells(Offer(articles=SOLD, tariff=tariff(), manifests={"prices": prices}))
        await bench.scan(BREAD_CODE)
        bench.counter.sells(
            Offer(articles=SOLD, tariff=tariff(), manifests={"prices": more, "promotions": prices})
        )
        hot["cards"] = "56" * 32
        first, second = await buys(bench), Versions()
        await bench.scan(BREAD_CODE)
        second = await buys(bench)
    assert first == Versions(config="efefefef", prices="abababab", hot_list="56565656")
    assert second == replace(first, prices="cdcdcdcd", promotions="abababab")


async def test_goods_of_two_stretches_of_the_day_stand_on_two_lines() -> None:
    happy = {"rule": "percent_off", "name": "清货", "pay": 50, "opens": "20:00", "closes": "22:00"}
    async with Bench(tariff=tariff(happy=happy)) as bench:
        prices = bench.counter._prices
        now = prices.minute()
        assert now in {0, 20 * 60, 22 * 60}
        cart = Cart().scanned(MILK, now).scanned(MILK, 20 * 60).scanned(BREAD, 20 * 60).scanned(MILK, 20 * 60)
        assert [line.quantity for line in cart.lines] == ([1, 2, 1] if now != 20 * 60 else [3, 1])


APPLES = Article(
    sku="A01",
    name="苹果",
    category="fruit",
    price=11_96,
    member_price=9_96,
    measured=Measured.GRAM,
    plu=10001,
)
LABELS = replace(POLICY, scale_labels=(Layout(form="22PPPPPAAAAAC"),))


async def test_a_label_of_the_scale_is_goods_with_their_weight_and_its_amount() -> None:
    async with Bench(policy=LABELS, articles=(APPLES,)) as bench:
        await bench.scan("2210001014786", "2210001014786")
        assert shown(bench) == [("苹果 x 1.236 kg", "¥14.78")] * 2
        assert bench.screen.amount == "¥29.56"


async def test_a_label_of_nothing_that_is_sold_here_says_so() -> None:
    async with Bench(policy=LABELS, articles=(APPLES,)) as bench:
        await bench.scan("2210002006735")
        assert bench.screen.code == "A101"


async def test_an_in_store_code_of_the_catalogue_is_no_label() -> None:
    own = replace(APPLES, sku="B", measured=Measured.PIECE, plu=None, barcodes=("2210001014786",))
    async with Bench(policy=LABELS, articles=(APPLES, own)) as bench:
        await bench.scan("2210001014786")
        assert shown(bench) == [("苹果 x 1", "¥11.96")]


GROUP = {"rule": "group_visit", "name": "同行"}
FRIEND = {"rule": "bring_a_friend", "name": "带友", "members": False, "pay": 70}


def labels(bench: Bench) -> list[str]:
    return [one.label.text.format(**one.label.values) for one in bench.screen.choices]


async def test_how_many_came_is_asked_where_a_promotion_asks() -> None:
    async with Bench(tariff=tariff(group={**GROUP, "steps": _steps(MILK.category)})) as bench:
        await bench.scan(MILK_CODE)
        assert labels(bench) == ["That is all", "People: 1", "Find", "Fuel", "Park", "Cancel"]
        assert bench.screen.amount == "¥3.50"
        await bench.touch("people")
        assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.PIECES)
        for text in ("0", "100", "", "x"):
            await bench.key(text)
            assert (bench.state, bench.screen.code) == (State.KEYING, "A121")
        await bench.key("3")
        assert (labels(bench)[1], bench.screen.amount) == ("People: 3", "¥2.10")
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert bench.screen.amount == "¥2.10"


async def test_cancel_leaves_how_many_came_as_it_was_and_the_next_cart_begins_anew() -> None:
    async with Bench(tariff=tariff(group={**GROUP, "steps": _steps(MILK.category)})) as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("people")
        await bench.key("2")
        await bench.touch("people")
        await bench.touch("cancel")
        assert (bench.state, bench.screen.amount) == (State.CART, "¥2.80")
        await bench.touch("park")
        await bench.scan(MILK_CODE)
        assert (labels(bench)[1], bench.screen.amount) == ("People: 1", "¥3.50")
        await bench.touch("people")
        await bench.key("2")
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.scan(MILK_CODE)
        assert (labels(bench)[1], bench.screen.amount) == ("People: 1", "¥3.50")


async def test_a_friend_who_comes_for_the_first_time_is_a_touch() -> None:
    async with Bench(tariff=tariff(friend=FRIEND, group={**GROUP, "steps": _steps("none")})) as bench:
        await bench.scan(MILK_CODE)
        assert labels(bench)[1:3] == ["People: 1", "A friend comes for the first time"]
        await bench.touch("friend")
        assert (labels(bench)[2], bench.screen.amount) == ("Without a new friend", "¥2.45")
        await bench.touch("people")
        await bench.key("2")
        assert (labels(bench)[1:3], bench.screen.amount) == (["People: 2", "Without a new friend"], "¥2.45")
        await bench.touch("friend")
        assert (labels(bench)[1], bench.screen.amount) == ("People: 2", "¥3.50")


async def test_nothing_is_asked_where_no_promotion_does() -> None:
    async with Bench(tariff=tariff(half=HALF)) as bench:
        await bench.scan(MILK_CODE)
        assert labels(bench) == ["That is all", "Find", "Fuel", "Park", "Cancel"]


def _steps(category: str) -> list[dict[str, Any]]:
    return [{"people": 2, "pay": {category: 80}}, {"people": 3, "pay": {category: 60}}]
