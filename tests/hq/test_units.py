"""Every unit that is held in rights, and sites that take other than they were given."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from hq.decisions import merge_members
from hq.postgres import connected
from terminal.core.canonical import decoded, encoded
from terminal.core.commands import (
    CASE_OPENED,
    BookFleetFunds,
    BookGrant,
    BookHold,
    BookInvoice,
    BookNote,
    BookRecharge,
    BookRefund,
    BookRelease,
    BookSale,
    BookVoid,
    CouponGrant,
    Grant,
    PointsEarned,
    RechargeRefundReason,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.directives import Release
from terminal.core.entry import GENESIS, Link, chained
from terminal.core.ledger.earned import earned_before
from terminal.core.ledger.sold_for import sold_as
from terminal.core.rights import Want
from terminal.core.sold import SoldAs, read
from terminal.core.uses import unused
from terminal.core.values import EntryId, WalletId
from terminal.core.wire.journal import Ack
from terminal.core.wire.rights import AskOutcome
from tests.core.ledger.book import Book
from tests.core.ledger.test_value import line, sell
from tests.hq.process import Headquarters
from tests.hq.shop import FLOOR, Chain, Shop

P1, B1 = "wallet:w1:principal", "wallet:w1:bonus"


async def sell_uses(shop: Shop, uses: int, until: str = "", uses_of: tuple[str, ...] = ()) -> Any:
    line = SaleLine(
        sku="H",
        name="Haircut x",
        category="service",
        quantity=1,
        unit_price=300_00,
        gross=300_00,
        net=300_00,
        sells=Sells(unit="count:haircut", amount=uses, until=until, uses_of=uses_of),
    )
    return await shop.book(
        BookSale,
        wallet=WalletId("w1"),
        card=None,
        lines=(line,),
        due=300_00,
        tenders=(Tender(kind=TenderKind.CASH, amount=300_00),),
        received=300_00,
    )


async def test_a_card_of_uses_moves_whole_with_what_was_paid_for_it(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    for _ in range(2):
        await sell_uses(one, 10)
    await one.sync()
    assert (await other.ask(("wallet:w1:count:haircut", 1))).outcome is AskOutcome.WAITING
    await one.sync()
    await other.sync()
    assert (one.holds("wallet:w1:count:haircut"), other.holds("wallet:w1:count:haircut")) == (10, 10)
    (lot,) = other.ledger.lots(WalletId("w1"), "count:haircut")
    assert (lot.rest, lot.laid, lot.paid) == (10, 10, 300_00)


async def test_principal_whose_recharge_earned_points_earned_wherever_it_goes(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    points = PointsEarned(family="goods", points=500, base=500_00, step=100)
    await one.book(
        BookRecharge,
        wallet=WalletId("w1"),
        card=None,
        principal=500_00,
        bonus=0,
        received=500_00,
        points=(points,),
    )
    await one.sync()
    held = list[int]()
    for wanted in (150_00, 450_00):
        await other.ask((P1, wanted))
        for shop in (one, other, one, other):
            await shop.sync()
        held.append(other.holds(P1))
        assert earned_before(other.ledger, WalletId("w1"), 500_00) == held[-1]
        (lot,) = other.ledger.lots(WalletId("w1"), "principal")
        assert (lot.rest, lot.listed) == (held[-1], 500_00)
    assert 0 < held[0] < held[1]


async def test_what_was_taken_with_it_at_list_price_is_known_wherever_it_goes(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale = await sell_uses(one, 10)
    first = await use(one, 38_00)
    await use(one, 58_00)
    await one.sync()
    await moved_to(other, one)
    (lot,) = other.ledger.lots(WalletId("w1"), "count:haircut")
    assert (lot.rest, lot.listed) == (8, 96_00)
    await use(other, 40_00)
    await other.sync()
    await moved_to(one, other)
    (lot,) = one.ledger.lots(WalletId("w1"), "count:haircut")
    assert (lot.rest, lot.listed) == (7, 136_00)
    await one.book(BookRefund, of=first, returned=(Returned(line=0, net=38_00),), why="unwanted")
    await one.sync()
    await moved_to(other, one)
    (lot,) = other.ledger.lots(WalletId("w1"), "count:haircut")
    assert (lot.lot, lot.rest, lot.listed) == (sale, 8, 98_00)


async def test_of_a_card_whose_uses_all_came_back_elsewhere_nothing_was_taken_wherever_it_goes(
    chain: Chain,
) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale = await sell_uses(one, 10)
    await one.sync()
    await moved_to(other, one)
    used = [await use(other, 58_00), await use(other, 60_00)]
    await other.sync()
    await moved_to(one, other)
    (lot,) = one.ledger.lots(WalletId("w1"), "count:haircut")
    assert (lot.rest, lot.listed) == (8, 118_00)
    await moved_to(other, one)
    for of, net in zip(used, (58_00, 60_00), strict=True):
        await other.book(BookRefund, of=of, returned=(Returned(line=0, net=net),), why="unwanted")
    await other.sync()
    await moved_to(one, other)
    (lot,) = one.ledger.lots(WalletId("w1"), "count:haircut")
    assert (lot.lot, lot.rest, lot.listed) == (sale, 10, 0)
    await use(one, 30_00)
    (ended,) = await one.ledger.ask(partial(unused, sale=sale))
    assert (ended.used, ended.listed, ended.by_member) == (1, 30_00, 270_00)
    await one.sync()
    await moved_to(other, one)
    (lot,) = other.ledger.lots(WalletId("w1"), "count:haircut")
    assert (lot.rest, lot.listed) == (9, 30_00)


async def test_a_use_that_comes_back_where_its_card_is_not_meets_the_rest_of_it_as_untaken(
    chain: Chain,
) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale = await sell_uses(one, 10)
    await one.sync()
    await moved_to(other, one)
    used = await use(other, 58_00)
    await other.sync()
    await moved_to(one, other)
    await other.book(BookRefund, of=used, returned=(Returned(line=0, net=58_00),), why="unwanted")
    await other.sync()
    await one.ask(("wallet:w1:count:haircut", 10))
    await other.sync()
    await one.sync()
    (lot,) = one.ledger.lots(WalletId("w1"), "count:haircut")
    assert (lot.lot, lot.rest, lot.listed) == (sale, 10, 0)
    await moved_to(other, one)
    (lot,) = other.ledger.lots(WalletId("w1"), "count:haircut")
    assert (lot.lot, lot.rest, lot.listed) == (sale, 10, 0)


async def test_a_card_that_ended_gives_for_a_use_that_came_back_elsewhere_what_it_would_have_given_before(
    chain: Chain,
) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale = await sell_uses(one, 10)
    await one.sync()
    await moved_to(other, one)
    used = await use(other, 58_00)
    await other.sync()
    await moved_to(one, other)
    wish = RechargeRefundReason.MEMBER
    ends = Returned(line=0, net=242_00, wish=wish)
    await one.book(BookRefund, of=sale, returned=(ends,), why="unwanted")
    await one.sync()
    await other.book(BookRefund, of=used, returned=(Returned(line=0, net=58_00),), why="unwanted")
    await other.sync()
    for here, there in ((one, other), (other, one), (one, other)):
        await moved_to(here, there)
    (ended,) = await one.ledger.ask(partial(unused, sale=sale))
    assert (ended.used, ended.listed, ended.by_member) == (0, 0, 58_00)


async def test_what_a_card_was_sold_as_goes_with_it_wherever_it_goes(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale = await sell_uses(one, 10, uses_of=("F01",))
    await use(one, 38_00)
    await one.sync()
    await moved_to(other, one)
    (lot,) = other.ledger.lots(WalletId("w1"), "count:haircut")
    said = SoldAs(name="Haircut x", uses_of=("F01",))
    assert (lot.lot, read(lot.sold)) == (sale, said)
    assert sold_as(other.ledger, "count:haircut", lot) == said
    await use(other, 38_00)
    await other.sync()
    await moved_to(one, other)
    (lot,) = one.ledger.lots(WalletId("w1"), "count:haircut")
    assert read(lot.sold) == said


async def use(shop: Shop, listed: int) -> Any:
    line = SaleLine(
        sku="F01", name="Haircut", category="hair", quantity=1, unit_price=listed, gross=listed, net=listed
    )
    paid = Tender(kind=TenderKind.USES, amount=listed, of="count:haircut", units=1, places=(0,))
    return await shop.book(
        BookSale, wallet=WalletId("w1"), card=None, lines=(line,), due=listed, tenders=(paid,)
    )


async def moved_to(here: Shop, there: Shop) -> None:
    assert (await here.ask(("wallet:w1:count:haircut", 1))).outcome is AskOutcome.WAITING
    await there.sync()
    await here.sync()


async def test_vouchers_litres_and_cashback_roam_too(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    units = {"voucher:v1": 50_00, "litres:92": 4000, "cashback": 7_00}
    await one.book(
        BookGrant,
        wallet=WalletId("w1"),
        why="campaign",
        grants=tuple(Grant(unit=unit, amount=amount) for unit, amount in units.items()),
    )
    await one.sync()
    await other.ask(*((f"wallet:w1:{unit}", amount) for unit, amount in units.items()))
    await one.sync()
    await other.sync()
    assert {unit: other.holds(f"wallet:w1:{unit}") for unit in units} == units


async def test_a_companys_credit_is_held_in_rights(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.book(BookFleetFunds, company="acme", amount=5000_00, paid_by=None)
    await one.sync()
    credit = "company:acme:credit"
    assert (await other.ask((credit, 800_00))).outcome is AskOutcome.WAITING
    await one.sync()
    await other.sync()
    assert (one.holds(credit), other.holds(credit)) == (4200_00, 800_00)


async def test_what_is_promised_at_a_site_is_not_to_be_had(chain: Chain) -> None:
    one = await chain.shop("S1")
    for account in ("wallet:w1:held:x", "wallet:w1:debt:points:goods", "wallet:w1:deposit:session:1"):
        assert (await one.ask((account, 1))).outcome is AskOutcome.SHORT
    assert (await one.ask(("site:S2:drawer:early", 1))).outcome is AskOutcome.SHORT


async def test_a_coupon_that_is_set_aside_for_a_fill_is_to_be_had_once_it_is_back(chain: Chain) -> None:
    coupon = "wallet:w1:coupon:k7"
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await gift(one, "coupon:k7")
    await one.recharge("w1", 100_00)
    fields: dict[str, Any] = {"wallet": WalletId("w1"), "card": None, "for_what": "pump:1"}
    hold = await one.book(BookHold, amount=30_00, coupon="k7", **fields)
    await one.sync()
    aside = f"wallet:w1:held:{hold}:coupon:k7"
    assert (one.holds(coupon), one.holds(aside), await chain.pool(coupon)) == (0, 1, 0)
    assert (await other.ask((coupon, 1), (aside, 1))).outcome is AskOutcome.SHORT
    await one.book(BookRelease, hold=hold)
    await one.give_back((coupon, 1))
    await one.sync()
    await other.ask((coupon, 1))
    await other.sync()
    assert (one.holds(aside), other.holds(coupon)) == (0, 1)
    await chain.conserved()


async def test_a_debt_of_points_is_settled_from_the_next_in_the_pool(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale = await one.sell("w1", 100_00, cash=True, points=100)
    await one.give_back(("wallet:w1:points:goods", 100))
    await one.sync()
    await other.ask(("wallet:w1:points:goods", 100))
    await other.sync()
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.sync()
    assert one.holds("wallet:w1:debt:points:goods") == -100
    await other.give_back(("wallet:w1:points:goods", 70))
    await other.push()
    assert await chain.pool("wallet:w1:points:goods") == 0
    await other.sync()  # The rest of them is asked for.
    assert other.holds("wallet:w1:points:goods") == 0
    assert await chain.pool("wallet:w1:points:goods") == 0
    await other.sell("w1", 50_00, cash=True, points=50)
    await other.give_back(("wallet:w1:points:goods", 50))
    await other.sync()
    assert await chain.pool("wallet:w1:points:goods") == 50


async def gift(shop: Shop, unit: str, amount: int = 1) -> tuple[EntryId, EntryId]:
    """A sale that something was given with, and what was given."""
    sale = await shop.sell("w1", 50_00, cash=True)
    coupon = (CouponGrant(coupon=unit.removeprefix("coupon:"), kind="c3", face=300, threshold=0),)
    given: dict[str, Any] = (
        {"coupons": coupon} if unit.startswith("coupon:") else {"grants": (Grant(unit=unit, amount=amount),)}
    )
    return sale, await shop.book(BookGrant, wallet=WalletId("w1"), why="campaign", with_entry=sale, **given)


@pytest.mark.parametrize(("unit", "amount"), [("bonus", 30_00), ("coupon:k7", 1), ("voucher:v7", 10_00)])
async def test_a_debt_of_what_was_given_is_settled_by_the_site_that_holds_it(
    chain: Chain, unit: str, amount: int
) -> None:
    account, debt = f"wallet:w1:{unit}", f"wallet:w1:debt:{unit}"
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale, _ = await gift(one, unit, amount)
    await one.give_back((account, amount))
    await one.sync()
    await other.ask((account, amount))
    await other.sync()
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.sync()
    assert (one.holds(debt), other.holds(account)) == (-amount, amount)
    await other.sync()  # It is asked for at once: nobody need spend or load it first.
    await other.sync()
    assert (other.holds(account), await chain.pool(account)) == (0, 0)
    assert [item.directive for item in other.told][-1] == Release(
        wants=(Want(account=account, amount=amount),)
    )


async def test_what_a_counter_kept_for_who_is_there_settles_its_debt_when_it_goes_after_them(
    chain: Chain,
) -> None:
    account, debt = "wallet:w1:voucher:v7", "wallet:w1:debt:voucher:v7"
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale, _ = await gift(one, "voucher:v7", 10_00)
    await one.give_back((account, 10_00))
    await one.sync()
    await other.ask((account, 10_00))
    await other.sync()
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.sync()
    await other.apply(Want(account=account, amount=10_00))
    await other.push()
    assert (one.holds(debt), other.holds(account)) == (-10_00, 10_00)
    await other.give_back((account, 10_00))
    await other.sync()
    (voucher,) = [one for one in await chain.store.totals(chain.merchant) if one.account == account]
    assert (other.holds(account), voucher.pool, voucher.settled) == (0, 0, 10_00)
    await chain.conserved()


async def test_a_debt_of_bonus_is_settled_from_the_pool_and_from_what_is_loaded_next(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale, _ = await gift(one, "bonus", 30_00)
    await one.give_back((B1, 30_00))
    await one.sync()
    await other.ask((B1, 20_00))
    await other.sync()
    await other.sell("w1", 20_00)
    await other.sync()
    assert await chain.pool(B1) == 10_00
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.sync()
    assert (one.holds("wallet:w1:debt:bonus"), await chain.pool(B1)) == (-20_00, 0)
    await other.recharge("w1", 100_00, 50_00)
    await other.sync()
    await other.sync()
    assert other.holds(B1) + await chain.pool(B1) == 30_00


async def test_a_debt_is_settled_once_whoever_merges_its_wallet(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await other.join("w2")
    sale, _ = await gift(one, "bonus", 30_00)
    await one.sell("w1", 30_00)
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.sync()
    await other.recharge("w2", 100_00, 50_00)
    await other.sync()
    await merge_members(chain.exchange, chain.merchant, "w1", "w2", by="Chen")
    for _ in range(3):
        await one.sync()
        await other.sync()
    await other.recharge("w2", 10_00, 5_00)
    for _ in range(3):
        await other.sync()
        await one.sync()
    assert (
        other.holds("wallet:w2:bonus") + one.holds("wallet:w2:bonus") + await chain.pool("wallet:w2:bonus")
        == 25_00
    )


async def test_an_invoice_goes_with_its_lot(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    lot = await one.recharge("w1", 150_00)
    await one.book(BookInvoice, wallet=WalletId("w1"), lot=lot, number="INV-7")
    await one.sync()
    await other.ask((P1, 150_00))
    await one.sync()
    await other.sync()
    (there,) = other.ledger.lots(WalletId("w1"), "principal")
    assert (there.lot, there.invoice, there.laid, there.paid) == (lot, "INV-7", 150_00, 150_00)


async def test_a_red_letter_and_an_invoice_at_use_go_with_the_lots_they_name(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    wallet, lots = WalletId("w1"), [await one.recharge("w1", 100_00) for _ in range(2)]
    await one.book(BookInvoice, wallet=wallet, lot=lots[0], number="INV-7")
    await one.sync()
    await one.book(BookInvoice, wallet=wallet, lot=lots[0], number="RED-8", red="INV-7")
    sold = await one.sell("w1", 150_00)
    await one.book(BookInvoice, wallet=wallet, lot=sold, number="INV-9", amount=50_00, lots=(lots[1],))
    await one.sync()
    await one.give_back((P1, 50_00))
    await one.sync()
    await other.ask((P1, 50_00))
    await other.sync()
    assert [(there.lot, there.invoice) for there in other.ledger.lots(wallet, "principal")] == [
        (lots[1], "at use")
    ]


async def test_credit_of_a_company_that_a_fact_of_another_branch_spent_is_covered_from_the_pool(
    chain: Chain,
) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    gone = Book()  # A branch of S1's journal that was given up.
    gone.number = 7000
    gone.book(BookFleetFunds, company="haulage", amount=300_00, paid_by=None)
    sold = sell(gone, line(200_00), pays={"fleet": (200_00, "haulage", 0)}, wallet=None)
    assert one.ledger.book_again(sold, b"\1" * 32)
    await one.sync()
    assert await chain.open_exceptions("uncovered") == [sold.id]
    await other.book(BookFleetFunds, company="haulage", amount=500_00, paid_by=None)
    await other.give_back(("company:haulage:credit", 300_00))
    await other.sync()
    await one.sync()
    assert await chain.open_exceptions("uncovered") == []
    assert await chain.overdrawn() == 0
    assert (await chain.pool("company:haulage:credit"), one.ledger.open_overdraft()) == (100_00, 0)


# Sites that take other than they were given


def forge(shop: Shop, **fields: Any) -> None:
    """The last entry says something else."""
    entry = decoded(shop.ledger.links[-1].body)
    body = encoded(replace(entry, **fields))
    before = shop.ledger.links[-2].hash if entry.seq > 1 else GENESIS
    shop.ledger.links[-1] = Link(seq=entry.seq, body=body, hash=chained(before, body))


async def test_who_gives_back_what_was_never_there_makes_no_rights(chain: Chain) -> None:
    shop, _ = await chain.shop("S1"), await chain.shop("S2")
    await shop.join("w1")
    await shop.recharge("w1", 10_00)
    await shop.give_back((P1, 10_00))
    forge(shop, postings=((P1, -9000_00), ("site:S1:rights:principal", 9000_00)))
    assert isinstance(await shop.push(), Ack)
    await chain.conserved()
    assert await chain.pool(P1) == 0
    assert len(await chain.open_exceptions("quarantine")) == 1


async def test_who_makes_itself_a_grant_is_a_breach_though_the_pool_would_have_had_it(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    await away.ask((P1, 10_00))
    await away.apply()
    granted = decoded(away.ledger.links[-1].body)
    again = chain.ids.new()
    forge(away, id=again, payload=replace(granted.payload, id=again))
    await away.push()
    await chain.conserved()
    (why,) = await chain.why("breach")
    assert why == f"1000 more of {P1} than was granted"


async def test_who_takes_more_than_was_granted_is_a_breach_and_makes_no_value(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    await away.ask((P1, 10_00))
    await away.apply()
    forge(away, postings=((P1, 700_00), ("site:S2:rights:principal", -700_00)))
    await away.push()
    await chain.conserved()
    assert len(await chain.open_exceptions("breach")) == 1
    assert await chain.pool(P1) == 0
    assert await chain.overdrawn() == 500_00


@pytest.mark.parametrize(
    ("postings", "why"),
    [
        (((P1, 5), ("site:S1:rights:principal", -5)), "without a word"),
        (((P1, 5), ("site:S9:drawer:early", -5)), "another site"),
        (((P1, 5), ("bank:S1:drawer", -5)), "owner of kind"),
        (((P1, 5), ("site:S1:overdraft:w1:principal", -5)), "does not say so"),
    ],
)
async def test_a_sale_moves_no_rights_and_posts_to_its_own_site(
    chain: Chain, postings: tuple[tuple[str, int], ...], why: str
) -> None:
    shop = await chain.shop("S1")
    await shop.join("w1")
    await shop.recharge("w1", 10_00)
    forge(shop, postings=postings)
    assert isinstance(await shop.push(), Ack)
    await chain.conserved()
    rows = await chain.why("quarantine")
    assert [why in row for row in rows] == [True]


# Many at once


@pytest.mark.hq
async def test_many_sites_that_want_and_spend_the_same_wait_for_each_other_in_no_ring(
    standing_hq: Headquarters,
) -> None:
    store = await connected(standing_hq.dsn())
    chain = Chain(store)
    shops = [await chain.shop(f"S{number}") for number in range(8)]
    wallets = [f"w{number}" for number in range(5)]
    for wallet in wallets:
        await shops[0].join(wallet)
        await shops[0].recharge(wallet, 1000_00, bonus=400_00)
    await shops[0].sync()

    async def busy(shop: Shop, turn: int) -> None:
        order = wallets[turn % 5 :] + wallets[: turn % 5]
        for wallet in order:
            wants = [(f"wallet:{one}:{unit}", 20_00) for one in order for unit in ("bonus", "principal")]
            await shop.ask_only(*wants)
            await shop.push()
            await shop.apply()
            if shop.ledger.wallet(WalletId(wallet)) is not None:
                await shop.sell(wallet, 15_00, floor=FLOOR)
            await shop.push()

    await asyncio.gather(*(busy(shop, turn) for turn, shop in enumerate(shops)))
    for _ in range(3):
        for shop in shops:
            await shop.sync()
        await chain.exchange.tidy(chain.merchant)
    await chain.conserved()
    assert await chain.overdrawn() == 0
    assert await chain.open_exceptions("uncovered") == []
    await store.close()


async def test_an_opened_case_is_an_exception_for_each_time_that_it_was_booked(chain: Chain) -> None:
    shop = await chain.shop("S1")
    await shop.book(BookNote, what=CASE_OPENED, detail="box")
    await shop.book(BookNote, what="drawer", detail="box")
    await shop.push()
    await shop.sync()
    (why,) = await chain.why("case")
    assert why.startswith("seen by box, entry 1;")
    await shop.book(BookNote, what=CASE_OPENED, detail="box")
    await shop.push()
    assert len(await chain.open_exceptions("case")) == 2
    assert await chain.open_exceptions("quarantine") == []
