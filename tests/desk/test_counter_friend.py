"""A newcomer who was brought buys, and whoever brought them has a free service for it."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.commands import BookJoin, BookSale, Grant, Opens, Private, TenderKind
from terminal.core.policy import Policy, WithoutPin
from terminal.core.referral import Referral, Trigger
from terminal.core.screens import State
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, MemberId, StaffId, WalletId
from tests.core.pricing.goods import tariff
from tests.desk.fakes import BADGE, MILK_CODE, Bench
from tests.flows.shop import MILK, POLICY, WANG, WANG_CARD

PHONE = Credential(medium=Medium.PHONE, number="19000000411")
GETS = {"rule": "friend_gets", "name": "老带新", "unit": "count:F02"}
NEW_CARD = Credential(medium=Medium.UID, number="04777777777777")
NEW = WalletId("w-new")
CARE = Article(sku="F02", name="小气泡清洁", category="service", price=20_00, barcodes=("4006381333931",))

SHOP = replace(POLICY, without_pin=WithoutPin(open=9_000_00, secure=9_000_00, signed=9_000_00))


async def joins(bench: Bench, by: WalletId | None, *vouchers: Grant) -> None:
    opens = Opens(
        wallet=NEW, member=MemberId("m-new"), card=CardId("c-new"), commitment="", terms="1",
        channel="counter", recruiter=StaffId("E01"), introduced_by=by, vouchers=vouchers,
    )  # fmt: skip
    private = Private(credentials=(PHONE, NEW_CARD), name="李", phone=PHONE.number)
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


PACK = Article(
    sku="K03",
    name="小气泡三次",
    category="card",
    price=30_00,
    uses=3,
    uses_of=("F02",),
    barcodes=("6901234500011",),
)
PACK_AND_CARE = {one.barcodes[0]: one for one in (PACK, CARE)}


def rewards(on: Trigger) -> Policy:
    return replace(SHOP, referral=Referral(on=(on,), points=100))


async def takes(bench: Bench, what: Article, *pick: str, cash: str = "") -> int:
    """The newcomer, paid so; what points whoever brought them has by then."""
    await bench.scan(what.barcodes[0])
    await bench.touch("done")
    await bench.tap(NEW_CARD)
    for one in pick:
        await bench.touch("pick", one)
    if cash:
        await bench.key(cash)
    await bench.touch("confirm")
    assert bench.state is State.APPROVED, (bench.state, bench.screen)
    await bench.touch("done")
    holder = await bench.ledger.holder(WANG_CARD)
    assert holder is not None
    return holder.points


async def test_uses_of_a_count_card_are_no_spends_once_it_was_bought() -> None:
    async with Bench(policy=rewards(Trigger.EACH_SPEND), catalogue=PACK_AND_CARE) as bench:
        await joins(bench, WANG.wallet)
        assert await takes(bench, PACK, "cash", cash="30") == 100
        assert await takes(bench, CARE, "use") == 100
        assert await takes(bench, CARE, "use") == 100
        assert await takes(bench, CARE, "pay", "cash", cash="20") == 200


async def test_the_first_spend_is_the_first_that_was_paid() -> None:
    goods = {CARE.barcodes[0]: CARE}
    async with Bench(policy=rewards(Trigger.FIRST_SPEND), catalogue=goods) as bench:
        await joins(bench, WANG.wallet, Grant(unit="voucher:j1", amount=20_00))
        assert await takes(bench, CARE, "voucher", "j1") == 0
        assert await takes(bench, CARE, "cash", cash="20") == 100
        assert await takes(bench, CARE, "cash", cash="20") == 100


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


async def test_who_joins_at_another_counter_while_they_pay_at_the_pump_has_paid_as_a_member() -> None:
    async with Bench(policy=SHOP) as bench:
        await bench.scan(BADGE)
        await bench.scan(f"JOIN:{PHONE.number}")
        await bench.touch("pick", "92")
        await bench.key("27.10")
        await bench.touch("pick", "cash")
        await bench.key("200")
        assert bench.state is State.CONFIRM
        await joins(bench, None)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert (sale.wallet, sale.opens) == (NEW, None)
