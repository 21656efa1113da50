"""A newcomer who was brought buys, and whoever brought them has a free service for it."""

from __future__ import annotations

from terminal.core.cart import Article
from terminal.core.commands import BookJoin, BookSale, Opens, Private, TenderKind
from terminal.core.screens import State
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, MemberId, StaffId, WalletId
from tests.core.pricing.goods import tariff
from tests.desk.fakes import MILK_CODE, Bench
from tests.flows.shop import MILK, WANG, WANG_CARD

PHONE = Credential(medium=Medium.PHONE, number="19000000411")
GETS = {"rule": "friend_gets", "name": "老带新", "unit": "count:F02"}
NEW = WalletId("w-new")
CARE = Article(sku="F02", name="小气泡清洁", category="service", price=20_00, barcodes=("4006381333931",))


async def joins(bench: Bench, by: WalletId | None) -> None:
    opens = Opens(
        wallet=NEW, member=MemberId("m-new"), card=None, commitment="", terms="1", channel="counter",
        recruiter=StaffId("E01"), introduced_by=by,
    )  # fmt: skip
    private = Private(credentials=(PHONE,), name="李", phone=PHONE.number)
    at = bench.counter.occasion()
    await bench.ledger.submit(BookJoin(id=EntryId(bench.ids.new()), at=at, opens=opens), private)


async def buys(bench: Bench) -> BookSale:
    await bench.touch("start", "checkout")
    await bench.scan(MILK_CODE)
    await bench.touch("friend")
    await bench.touch("done")
    await bench.touch("phone")
    await bench.key(PHONE.number)
    await bench.touch("pick", "cash")
    await bench.key("10")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")
    sale = bench.booked[-1].command
    assert isinstance(sale, BookSale)
    return sale


async def test_who_brought_them_has_it_once_for_one_newcomer() -> None:
    async with Bench(tariff=tariff(gets=GETS)) as bench:
        await joins(bench, WANG.wallet)
        sale = await buys(bench)
        assert [(one.unit, one.amount) for one in sale.bringer] == [("count:F02", 1)]
        assert bench.booked[-1].introducer_uses == 1
        assert (await buys(bench)).bringer == ()


async def uses_of(bench: Bench) -> list[str]:
    """Who brought them has that service done; what may pay for it."""
    await bench.scan(CARE.barcodes[0])
    await bench.touch("done")
    await bench.tap(WANG_CARD)
    return [str(one.label) for one in bench.screen.choices if one.value == "use"]


async def test_who_brought_them_has_the_service_for_it_once() -> None:
    goods = {MILK_CODE: MILK, CARE.barcodes[0]: CARE}
    async with Bench(tariff=tariff(gets=GETS), catalogue=goods) as bench:
        await joins(bench, WANG.wallet)
        await buys(bench)
        assert [CARE.name in one for one in await uses_of(bench)] == [True]
        await bench.touch("pick", "use")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert [(one.kind, one.of, one.units) for one in sale.tenders] == [(TenderKind.USES, "count:F02", 1)]
        await bench.touch("done")
        assert await uses_of(bench) == []


async def test_the_gift_for_joining_comes_with_the_first_bill_alone() -> None:
    gift = {
        "rule": "spend_get",
        "name": "入会礼",
        "joining": True,
        "sku": "S",
        "article": "试用装",
        "price": 1,
    }
    async with Bench(tariff=tariff(gift=gift, gets=GETS)) as bench:
        await joins(bench, None)
        bills = [[line.sku for line in (await buys(bench)).lines] for _ in range(3)]
        assert bills == [["M01", "S"], ["M01"], ["M01"]]


async def test_whom_nobody_brought_buys_all_the_same() -> None:
    async with Bench(tariff=tariff(gets=GETS)) as bench:
        await joins(bench, None)
        assert (await buys(bench)).bringer
        assert bench.booked[-1].introducer_uses == 0
