"""What headquarters publishes is sold by, row by row as far as it can be read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from msgspec import convert
from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.catalogue import Listed
from terminal.core.errors import CatalogueUnread
from terminal.core.pricing import parsed
from terminal.core.sold import Scope
from terminal.core.staff import Role
from terminal.core.trust import Medium
from terminal.core.wire.sets import Manifest, PartOf, Row, SetName
from terminal.desk.employed import Employed
from terminal.desk.prices import Offer
from terminal.desk.published import Own, Published
from terminal.desk.settings import StaffKey
from terminal.store.memory_catalogue import MemoryCatalogues
from terminal.store.memory_sets import MemorySets
from tests.desk.fakes import BREAD_CODE, MILK_CODE, settled
from tests.flows.shop import BREAD, MILK

HALF = {"rule": "percent_off", "name": "半价", "pay": 50}
OWN = Listed((MILK, BREAD))
TARIFF, _ = parsed([("own", {**HALF, "name": "自有"})])


class Site:
    def __init__(self) -> None:
        self.sets = MemorySets()
        self.active: dict[str, str] = {}
        self.offers: list[Offer] = []
        self.slept: list[float] = []
        self.catalogues = MemoryCatalogues(OWN)
        own = Own(catalogues=self.catalogues, tariff=TARIFF)
        self.published = Published(own, self.sets, lambda: self.active, self.offers.append, self._sleep)
        self.employed: list[Employed] = []
        self.published.employs = self.employed.append

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    async def activate(self, name: SetName, *rows: tuple[str, bytes], whole: bool = True) -> None:
        hash_ = f"{name}{len(self.offers)}"
        part = PartOf(hash="0" * 63 + str(len(self.sets.parts)), rows=len(rows))
        await self.sets.keep_manifest(hash_, Manifest(set=name, version="1", parts=(part,)))
        self.rows = (part.hash, name, [Row(key=key, value=value) for key, value in rows])
        if whole:
            await self.sets.stage(*self.rows)
        self.active = {**self.active, name: hash_}
        self.published.look()
        await settled()

    def sold(self, code: str) -> Article | None:
        return self.offers[-1].articles.scanned(code)

    @property
    def promotions(self) -> list[str]:
        return [one.id for one in self.offers[-1].tariff.promotions]


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    here = Site()
    running = asyncio.create_task(here.published.run())
    await settled()
    yield here
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def row(key: str, value: object) -> tuple[str, bytes]:
    return key, json.dumps(value).encode()


async def test_a_shop_that_nothing_was_published_to_sells_by_its_own_file() -> None:
    async with site() as here:
        here.published.look()
        await settled()
        assert here.offers == []
        assert Own(catalogues=here.catalogues, tariff=TARIFF).offer.articles is OWN


async def test_published_promotions_take_the_place_of_its_own() -> None:
    async with site() as here:
        await here.activate(SetName.PROMOTIONS, row("a", HALF), row("b", HALF))
        assert here.promotions == ["a", "b"]
        here.active = {}
        here.published.look()
        await settled()
        assert here.promotions == ["own"]


async def test_a_bad_promotion_is_refused_by_name_and_the_others_work() -> None:
    async with site() as here:
        await here.activate(
            SetName.PROMOTIONS, row("a", {**HALF, "pay": 101}), ("b", b"\xff"), ("c", b"[]"), row("d", HALF)
        )
        assert here.promotions == ["d"]
        assert here.published.refused == (
            "promotion b: not a JSON object",
            "promotion c: not a JSON object",
            "promotion a: pay: expected a whole number from 0 to 100, got 101",
        )


async def test_published_prices_are_those_of_the_articles_that_are_sold_here() -> None:
    async with site() as here:
        await here.activate(
            SetName.PRICES,
            row("M01", {"price": 4_00, "member_price": 3_00, "tier_prices": {"gold": 2_00}}),
            row("B01", {"price": 0}),
            row("X99", {"price": 1}),
        )
        milk, bread = here.sold(MILK_CODE), here.sold(BREAD_CODE)
        assert milk is not None
        assert (milk.price, milk.member_price, milk.tier_prices) == (4_00, 3_00, {"gold": 2_00})
        assert bread == BREAD
        assert len(here.published.refused) == 1
        assert here.published.refused[0].startswith("price of B01: Expected `int` >= 1")
        assert here.promotions == ["own"]


async def test_a_set_that_is_not_here_in_whole_is_waited_for() -> None:
    async with site() as here:
        await here.activate(SetName.PROMOTIONS, row("a", HALF), whole=False)
        assert here.offers == []
        assert set(here.slept) == {5.0}
        await here.sets.stage(*here.rows)
        await settled()
        assert here.promotions == ["a"]


async def test_other_sets_change_nothing() -> None:
    async with site() as here:
        await here.activate(SetName.SETTINGS, row("a", {}))
        assert here.offers == []


LEE = {"name": "Lee", "badge": "ST-0007", "role": "manager", "pin": "a1.5.0123abcd.x.y", "shoes": 43}


async def test_whoever_works_here_is_told_and_nothing_is_sold_otherwise() -> None:
    async with site() as here:
        card = {"medium": "uid", "number": "04A1"}
        phone = {"medium": "phone", "number": "19000000301"}
        await here.activate(
            SetName.STAFF, row("s7", LEE), row("s8", {"name": "Wu", "card": card, "own": [phone]})
        )
        (people,) = here.employed
        lee, wu = people.staff
        assert (lee.id, lee.name, lee.badge, lee.role) == ("s7", "Lee", "ST-0007", Role.MANAGER)
        assert (wu.role, wu.card, wu.own) == (
            Role.ATTENDANT,
            StaffKey(medium=Medium.UID, number="04A1"),
            (StaffKey(medium=Medium.PHONE, number="19000000301"),),
        )
        assert people.verifiers == {"s7": "a1.5.0123abcd.x.y"}
        assert here.offers == []
        await here.activate(SetName.PROMOTIONS, row("a", HALF))
        assert len(here.offers) == len(here.employed) == 1


async def test_a_row_of_the_staff_that_cannot_be_used_is_named_without_what_is_in_it() -> None:
    async with site() as here:
        bad = row("s8", {"name": "Wu", "role": "queen"})
        await here.activate(SetName.STAFF, row("s7", LEE), bad, row("s9", {**LEE, "name": "Fu"}))
        assert [one.id for one in here.employed[-1].staff] == ["s7"]
        assert here.published.refused == (
            "staff s8: cannot be read",
            "staff s9: somebody else has that badge",
        )


async def test_where_no_row_of_the_staff_can_be_used_whoever_worked_here_goes_on() -> None:
    async with site() as here:
        await here.activate(SetName.STAFF, row("s7", {"name": 7}))
        assert here.employed == []
        assert here.published.refused == ("staff s7: cannot be read",)


APPLE = {"name": "苹果", "category": "fruit", "price": 5_00, "barcodes": ["96385074"], "plu": 7}


async def test_published_articles_take_the_place_of_all_its_own() -> None:
    async with site() as here:
        later = {**APPLE, "barcodes": [], "plu": 8, "tax_bp": 900, "shelf": "what a later terminal knows"}
        await here.activate(SetName.ARTICLES, row("A1", APPLE), row("A2", later))
        apple, articles = here.sold("96385074"), here.offers[-1].articles
        assert apple == Article(
            sku="A1", name="苹果", category="fruit", price=5_00, barcodes=("96385074",), plu=7
        )
        weighed = articles.weighed(8)
        assert weighed is not None
        assert (weighed.sku, weighed.tax_bp) == ("A2", 900)
        assert here.sold(MILK_CODE) is None
        assert here.offers[-1].manifests == here.active
        here.active = {}
        here.published.look()
        await settled()
        assert here.sold(MILK_CODE) == MILK


async def test_published_articles_have_the_prices_that_were_published_beside_them() -> None:
    async with site() as here:
        await here.activate(
            SetName.PRICES, row("A0", {"price": 1}), row("A2", {"price": 7_00, "member_price": 6_00})
        )
        without = {"name": "梨", "category": "fruit"}
        await here.activate(SetName.ARTICLES, row("A1", APPLE), row("A2", without), row("A3", without))
        found = [here.offers[-1].articles.named(sku) for sku in ("A1", "A2", "A3")]
        assert [one and (one.price, one.member_price) for one in found] == [(5_00, None), (7_00, 6_00), None]
        assert here.published.refused == ("article A3: no price",)


async def test_a_bad_article_is_refused_by_name_and_the_others_are_sold() -> None:
    async with site() as here:
        await here.activate(
            SetName.ARTICLES,
            row("A1", APPLE),
            row("A2", {**APPLE, "plu": None}),
            row("A3", {**APPLE, "barcodes": []}),
            row("A4", {**APPLE, "price": 1.5}),
            ("A5", b"\xff"),
        )
        assert here.sold("96385074") is not None
        assert [one.partition(":")[0] for one in here.published.refused] == [
            "article A4", "article A5", "article A2", "article A3",
        ]  # fmt: skip
        assert "96385074 is of A1" in here.published.refused[2]
        assert "7 is of A1" in here.published.refused[3]


async def test_published_articles_may_put_uses_fuel_or_a_voucher_onto_a_wallet() -> None:
    card = {"uses": 11, "uses_of": ["H01"], "uses_days": 90, "uses_in": {"sites": ["S1"]}}
    lock = {"litres": 200_00, "grade": "92", "locked": 7_50, "uses_days": 30}
    more: dict[str, dict[str, object]] = {
        "A": card,
        "B": lock,
        "C": {"voucher": 100_00},
        "D": {"cycle_days": 80},
    }
    async with site() as here:
        await here.activate(
            SetName.ARTICLES,
            *(row(sku, {"name": sku, "price": 500, **said}) for sku, said in more.items()),
        )
        assert here.published.refused == ()
        sold = {one.sku: one for one in here.offers[-1].articles.each()}
        plain = {"name": "x", "category": "-", "price": 500}
        assert sold == {
            sku: replace(convert({**plain, "sku": sku, **said}, Article), name=sku)
            for sku, said in more.items()
        }
        assert sold["A"].uses_in == Scope(sites=("S1",))


async def test_published_contents_that_do_not_go_together_are_refused_by_name() -> None:
    async with site() as here:
        await here.activate(
            SetName.ARTICLES,
            row("A", {"name": "A", "price": 500, "uses": 10}),
            row("B", {"name": "B", "price": 500, "litres": 0, "grade": "92"}),
            row("C", {"name": "C", "price": 500}),
        )
        assert here.published.refused[0] == "article A: A: `uses` and `uses_of` go together"
        assert here.published.refused[1].startswith("article B: ")
        assert [one.sku for one in here.offers[-1].articles.each()] == ["C"]


async def test_what_was_put_together_before_is_not_put_together_again() -> None:
    async with site() as here:
        await here.activate(SetName.ARTICLES, row("A1", APPLE), row("A2", {}))
        before, refused = here.offers[-1].articles, here.published.refused
        await here.activate(SetName.PROMOTIONS, row("a", HALF))
        assert here.offers[-1].articles is before
        assert (here.promotions, here.published.refused) == (["a"], refused)


async def test_another_catalogue_of_the_shops_own_is_sold_at_once_and_under_published_prices() -> None:
    async with site() as here:
        here.catalogues.listed = Listed((replace(MILK, price=9_00), BREAD), "2")
        here.published.look_again()
        await settled()
        milk = here.sold(MILK_CODE)
        assert milk is not None
        assert milk.price == 9_00
        await here.activate(SetName.PRICES, row("B01", {"price": 1_00}))
        here.catalogues.listed = Listed((replace(MILK, price=8_00), BREAD), "3")
        here.published.look_again()
        await settled()
        milk, bread = here.sold(MILK_CODE), here.sold(BREAD_CODE)
        assert milk is not None
        assert bread is not None
        assert (milk.price, bread.price) == (8_00, 1_00)


async def test_a_catalogue_that_comes_while_another_is_read_is_sold_too() -> None:
    async with site() as here:
        await here.activate(SetName.PRICES, row("B01", {"price": 1_00}))
        reading, go_on = asyncio.Event(), asyncio.Event()
        rows = here.sets.rows

        async def waits(manifest: str, after: str, limit: int) -> Sequence[Row]:
            reading.set()
            await go_on.wait()
            return await rows(manifest, after, limit)

        here.sets.rows = waits  # type: ignore[method-assign]
        here.catalogues.listed = Listed((replace(MILK, price=9_00), BREAD), "2")
        here.published.look_again()
        await reading.wait()
        here.catalogues.listed = Listed((replace(MILK, price=8_00), BREAD), "3")
        here.published.look_again()
        go_on.set()
        await settled()
        milk = here.sold(MILK_CODE)
        assert milk is not None
        assert milk.price == 8_00


async def test_a_catalogue_that_could_not_be_read_is_tried_again_at_the_next_start() -> None:
    here = Site()

    def breaks() -> Listed:
        raise CatalogueUnread("the disk")

    own, here.catalogues.own = here.catalogues.own, breaks  # type: ignore[method-assign]
    here.published.look_again()
    with pytest.raises(CatalogueUnread):
        await here.published.run()
    here.catalogues.own = own  # type: ignore[method-assign]
    running = asyncio.create_task(here.published.run())
    await settled()
    assert here.sold(MILK_CODE) == MILK
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
