"""What every ledger promises, on disk and in memory."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.accounts import debt, held_by
from terminal.core.batches import Chosen, numbers
from terminal.core.canonical import decoded, encoded
from terminal.core.cards import CardState
from terminal.core.cart import Family
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookConsent,
    BookDirective,
    BookErasure,
    BookExpiry,
    BookGrant,
    BookHold,
    BookImport,
    BookInvoice,
    BookIssue,
    BookJoin,
    BookLegalHold,
    BookMerge,
    BookMergePart,
    BookPin,
    BookProfile,
    BookRedeem,
    BookRefund,
    BookRightsBack,
    BookTier,
    BookTransfer,
    BookVoid,
    BookWithdrawal,
    Cashback,
    Consent,
    CouponGrant,
    Grant,
    Had,
    PaidBy,
    PointsEarned,
    Private,
    Returned,
    Reward,
    SpendOrder,
    Tender,
    TenderKind,
    UsesKept,
)
from terminal.core.directives import Directed, Merge, Withdraw
from terminal.core.directives import Grant as Granted
from terminal.core.entry import GENESIS, chained
from terminal.core.errors import (
    AlreadyMember,
    CardExpired,
    CardNotUsable,
    ErasureDecidedElsewhere,
    ErasureWaits,
    HadBefore,
    IdReused,
    InsufficientFunds,
    LedgerClosed,
    LeftChanged,
    NamelessStays,
    NotBookable,
    NothingToWithdraw,
    Refused,
    SheetTaken,
    UnknownCard,
)
from terminal.core.ledger import Wallet
from terminal.core.ledger.allowances import had_of
from terminal.core.ledger.earned import earned_before
from terminal.core.ledger.merging import begun
from terminal.core.ledger.withdrawals import is_withdrawn
from terminal.core.points_held import points_held
from terminal.core.rights import Right, SaleRight, Want
from terminal.core.sold import SoldAs
from terminal.core.sold import spelt as sold_text
from terminal.core.times import local_time
from terminal.core.trust import Credential, Medium, PointsRead, Trust, masked_phone
from terminal.core.values import CardId, EntryId, MemberId, StaffId, WalletId
from terminal.store.answers import id_day, id_ms
from terminal.store.beside import check_beside
from terminal.store.verify import verified
from tests.core.ledger.test_rights import Site
from tests.store.facts import (
    AT,
    CARD,
    PHONE,
    an_id,
    issue,
    opens,
    pin_told,
    recharge,
    sale,
    since_told,
    transfer,
)

W1 = WalletId("w1")


async def with_card(ledger: Any, principal: int = 10000, bonus: int = 1000) -> None:
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2, principal=principal, bonus=bonus))


async def test_a_recharge_puts_principal_and_bonus_on_the_card_and_cash_into_the_drawer(ledger: Any) -> None:
    await with_card(ledger)
    holder = await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0001"))
    assert (holder.principal, holder.bonus) == (10000, 1000)
    assert holder.number_shown == "****0001"


async def test_stored_value_is_spent_principal_first_and_the_answer_says_so(ledger: Any) -> None:
    await with_card(ledger)
    booked = await ledger.committer.submit(sale(3, 10500, number=1, stored=10500))
    assert (booked.principal_spent, booked.bonus_spent) == (10000, 500)
    assert (booked.after.principal, booked.after.bonus) == (0, 500)
    assert booked.receipt_no.startswith("T1-1-2-")


async def test_a_sheet_of_paper_is_taken_over_once_until_that_is_voided(ledger: Any) -> None:
    await with_card(ledger)
    grants = (Grant(unit="principal", amount=500),)
    by_two = replace(AT, second=StaffId("E02"))

    def sheet(entry: int, paper: str = "2019-42") -> BookImport:
        return BookImport(id=an_id(entry), at=by_two, wallet=W1, paper=paper, grants=grants)

    await ledger.committer.submit(sheet(3))
    await ledger.committer.submit(sheet(4, "2019-43"))
    with pytest.raises(SheetTaken):
        await ledger.committer.submit(sheet(5))
    await ledger.committer.submit(BookVoid(id=an_id(6), at=by_two, of=an_id(3), why="x"))
    await ledger.committer.submit(sheet(7))
    with pytest.raises(SheetTaken):
        await ledger.committer.submit(sheet(8, " 2019-42"))
    await told_anew_is_the_same(ledger)


async def told_anew_is_the_same(ledger: Any) -> None:
    """Of the file: from its journal."""
    if hasattr(ledger, "_secret"):
        await ledger.committer.ask(lambda shelf: check_beside(shelf.connection))


async def test_who_brought_a_member_is_told_to_have_earned_once_and_gives_it_back_unseen(ledger: Any) -> None:
    submit = ledger.committer.submit
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private())
    newcomer = replace(opens(2, member=True), introduced_by=W1)
    reward = Reward(points=100, a_day=500, a_month=500)
    joined = await submit(BookJoin(id=an_id(2), at=AT, opens=newcomer), Private())
    sold = replace(sale(3, 1000, number=2, points=10), card=None, reward=reward)
    first = await submit(sold)
    assert (joined.introducer_earned, first.introducer_earned) == (0, 100)
    assert first.after.points == {"goods": 10}
    assert (await submit(replace(sold, id=an_id(4)))).introducer_earned == 0
    void = await submit(BookVoid(id=an_id(5), at=AT, of=an_id(3), why="x"))
    assert void.introducer_earned == 0
    assert dict(void.back.value) == {"points:goods": -10}
    assert (await submit(replace(sold, id=an_id(6)))).introducer_earned == 100


async def test_refunds_find_each_other_in_a_lot_of_points_that_has_ended(ledger: Any) -> None:
    submit = ledger.committer.submit
    await submit(*issue(1))
    earned = PointsEarned(family="goods", points=1000, until="2026-12-31")
    await submit(replace(sale(2, 1000, number=1), points=(earned,)))
    paid = Tender(kind=TenderKind.POINTS, amount=1000, of="goods", units=1000)
    await submit(replace(sale(3, 1000, number=1), tenders=(paid,), received=0))
    later = replace(AT, business_day="2027-01-01")

    async def back(entry: int, of: int, net: int) -> str:
        returned = (Returned(line=0, net=net),)
        command = BookRefund(
            id=an_id(entry), at=later, of=an_id(of), returned=returned, why="x", anew="2027-01-31"
        )
        booked = await submit(command)
        assert (await ledger.books.booked(command.id)).back == booked.back
        return str(booked.back.anew)

    assert await back(4, 2, 700) == ""
    assert await back(5, 3, 600) == ""
    assert await back(6, 3, 400) == "2027-01-31"
    assert await back(7, 2, 200) == ""
    lots = await ledger.committer.ask(lambda state: state.lots(WalletId("w1"), "points:goods"))
    assert {lot.until: lot.rest for lot in lots} == {"2026-12-31": 700, "2027-01-31": 100}
    await told_anew_is_the_same(ledger)


async def test_two_who_brought_members_and_turn_out_to_be_one_have_one_cap(ledger: Any) -> None:
    submit = ledger.committer.submit
    capped = Reward(points=100, a_day=150, a_month=500)
    for number, by in ((1, None), (2, None), (3, W1), (4, WalletId("w2"))):
        newcomer = replace(opens(number, member=True), introduced_by=by)
        await submit(BookJoin(id=an_id(number), at=AT, opens=newcomer), Private())
    bought = replace(sale(5, 1000, number=3), card=None, reward=capped)
    assert (await submit(bought)).introducer_earned == 100
    await submit(BookMerge(id=an_id(6), at=AT, wallet=W1, into=WalletId("w2")))
    other = replace(sale(7, 1000, number=4), card=None, reward=capped)
    assert (await submit(other)).introducer_earned == 50
    await told_anew_is_the_same(ledger)


async def test_the_tier_that_a_merge_sets_stands_and_is_told_anew(ledger: Any) -> None:
    submit, w2 = ledger.committer.submit, WalletId("w2")
    for number in (1, 2, 3):
        await submit(BookJoin(id=an_id(number), at=AT, opens=opens(number, member=True)), Private())
    await submit(BookMerge(id=an_id(4), at=AT, wallet=W1, into=w2, tier="gold"))
    assert await ledger.committer.ask(lambda state: state.wallet(w2).tier) == "gold"
    await submit(BookMerge(id=an_id(5), at=AT, wallet=WalletId("w3"), into=w2))
    assert await ledger.committer.ask(lambda state: state.wallet(w2).tier) == "gold"
    await told_anew_is_the_same(ledger)


async def test_what_goes_ahead_of_a_merge_lies_with_the_one_that_stays(ledger: Any) -> None:
    submit, ask, w2 = ledger.committer.submit, ledger.committer.ask, WalletId("w2")
    for number in (1, 2):
        begins = opens(number, member=True, coupons=2 * (number == 1))
        await submit(BookJoin(id=an_id(number), at=AT, opens=begins), Private())
    lot = replace(recharge(3, principal=1000), wallet=W1, card=None)
    await submit(lot)
    ahead = BookMergePart(id=an_id(4), at=AT, wallet=W1, into=w2)
    assert await ask(begun) == []
    begins = await submit(replace(ahead, id=an_id(5), begins=True))
    assert [one.id for one in await ask(begun)] == [begins.command.id]
    await submit(ahead)
    held = {one.coupon for one in opens(1, member=True, coupons=2).coupons}
    for coupon in held:
        assert (await ask(partial(_held_by, coupon=coupon))) == w2
    assert await ask(lambda state: [state.holdings(W1), len(state.holdings(w2))]) == [[], 3]
    await submit(BookInvoice(id=an_id(6), at=AT, wallet=W1, lot=an_id(3), number="FP-1"))
    await told_anew_is_the_same(ledger)
    await submit(BookMerge(id=an_id(7), at=AT, wallet=W1, into=w2))
    assert (await ask(lambda state: state.lot(w2, "principal", an_id(3)))).invoice == "FP-1"
    assert await ask(begun) == []
    await told_anew_is_the_same(ledger)


def _held_by(state: Any, coupon: str) -> WalletId:
    return state.coupon(coupon)[0]


async def test_what_goes_ahead_of_a_directed_merge_begins_the_wallet_that_stays(ledger: Any) -> None:
    submit, ask, far = ledger.committer.submit, ledger.committer.ask, WalletId("far")
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True, coupons=1)), Private())
    await submit(BookMergePart(id=an_id(2), at=AT, wallet=W1, into=far))
    assert await ask(lambda state: state.wallet(far)) == Wallet()
    farther = WalletId("farther")
    await submit(BookMergePart(id=an_id(3), at=AT, wallet=farther, into=far))
    await submit(BookMergePart(id=an_id(4), at=AT, wallet=WalletId("none"), into=WalletId("none")))
    known = await ask(lambda state: [state.wallet(one) for one in (farther, WalletId("none"))])
    assert known == [Wallet(), None]
    await told_anew_is_the_same(ledger)


async def test_what_a_merge_takes_back_of_a_reward_makes_room_in_its_caps(ledger: Any) -> None:
    submit = ledger.committer.submit
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private())
    for number in (2, 3):
        newcomer = replace(opens(number, member=True), introduced_by=W1)
        await submit(BookJoin(id=an_id(number), at=AT, opens=newcomer), Private())
    capped = Reward(points=100, a_day=100, a_month=100)
    first = replace(sale(4, 1000, number=2), card=None, reward=capped)
    assert (await submit(first)).introducer_earned == 100
    await submit(BookMerge(id=an_id(5), at=AT, wallet=WalletId("w2"), into=W1))
    second = replace(sale(6, 1000, number=3), card=None, reward=capped)
    assert (await submit(second)).introducer_earned == 100
    await told_anew_is_the_same(ledger)


async def test_a_newcomer_who_came_twice_brings_the_first_reward_once(ledger: Any) -> None:
    submit = ledger.committer.submit
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private())
    for number in (2, 3):
        newcomer = replace(opens(number, member=True), introduced_by=W1)
        await submit(BookJoin(id=an_id(number), at=AT, opens=newcomer), Private())
    reward = Reward(points=100, a_day=500, a_month=500)
    first = replace(sale(4, 1000, number=2), card=None, reward=reward)
    assert (await submit(first)).introducer_earned == 100
    await submit(BookMerge(id=an_id(5), at=AT, wallet=WalletId("w2"), into=WalletId("w3")))
    second = replace(sale(6, 1000, number=3), card=None, reward=reward)
    assert (await submit(second)).introducer_earned == 0
    await told_anew_is_the_same(ledger)


async def test_who_brought_a_member_earns_by_a_fill_that_they_did_not_pay_themselves(ledger: Any) -> None:
    submit, mark = ledger.committer.submit, "ab" * 16
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private())
    newcomer = replace(opens(2, member=True), introduced_by=W1)
    await submit(BookJoin(id=an_id(2), at=AT, opens=newcomer), Private())
    w2 = newcomer.wallet
    for number, wallet, payer in ((3, W1, mark), (4, w2, mark), (5, w2, "")):
        by_code = {"paid_by": PaidBy.CODE, "payer": payer}
        await submit(replace(recharge(number, principal=1000), wallet=wallet, card=None, **by_code))
    earned = []
    for number in (6, 8):  # The first of what they paid, the next of the newcomer's own.
        hold = BookHold(id=an_id(number), at=AT, wallet=w2, card=None, amount=1000, for_what="pump:1")
        await submit(hold)
        sold = replace(
            sale(number + 1, 1000, number=2),
            card=None,
            tenders=(Tender(kind=TenderKind.HELD, amount=1000, of=hold.id),),
            received=0,
            reward=Reward(points=100, a_day=500, a_month=500, always=True),
        )
        earned.append((await submit(sold)).introducer_earned)
    assert earned == [0, 100]


async def test_a_coupon_is_withdrawn_once_and_both_stores_know_by_what(ledger: Any) -> None:
    submit, ask = ledger.committer.submit, ledger.committer.ask
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(7, member=True, coupons=3)), Private())
    assert await ledger.books.coupons_of("c3") == ["k7-0", "k7-1", "k7-2"]
    assert await ledger.books.coupons_of("c5") == []
    done = await submit(BookWithdrawal(id=an_id(2), at=AT, coupon="k7-1", why="printed twice"))
    assert await ledger.books.coupons_of("c3") == ["k7-0", "k7-2"]
    assert [await ledger.books.coupons_gone(kind) for kind in ("c3", "c5")] == [["k7-1"], []]
    assert done.after.coupons == 2
    told = Withdraw(coupons=("wallet:w7:coupon:k7-1", "wallet:w7:coupon:k7-2"), why="misprinted")
    await submit(BookDirective(id=an_id(3), at=AT, directed=Directed(hq_epoch=1, m=1), directive=told))
    known = [await ask(partial(is_withdrawn, coupon=f"k7-{n}")) for n in range(3)]
    assert known == [False, True, True]
    with pytest.raises(NothingToWithdraw):
        await submit(BookWithdrawal(id=an_id(4), at=AT, coupon="k7-2", why="again"))


async def test_coupons_that_were_used_before_a_merge_are_gone_of_their_kind_after_it(ledger: Any) -> None:
    submit = ledger.committer.submit
    for number in (7, 8):
        begins = opens(number, member=True, coupons=2)
        await submit(BookJoin(id=an_id(number), at=AT, opens=begins), Private())
    used = replace(sale(1, 20000, number=7), card=None, coupons_used=("k7-0",))
    await submit(used)
    await submit(BookMerge(id=an_id(2), at=AT, wallet=WalletId("w7"), into=WalletId("w8")))
    assert await ledger.books.coupons_gone("c3") == ["k7-0"]
    assert await ledger.books.coupons_of("c3") == ["k7-1", "k8-0", "k8-1"]
    await submit(BookWithdrawal(id=an_id(3), at=AT, coupon="k7-0", why="printed twice"))
    whole = (Returned(line=0, net=20000),)
    await submit(BookRefund(id=an_id(4), at=AT, of=used.id, returned=whole, why="x"))
    assert await ledger.books.coupons_of("c3") == ["k7-1", "k8-0", "k8-1"]


async def test_a_sale_comes_to_be_undone_with_its_coupons_where_its_wallet_was_never_seen(
    ledger: Any,
) -> None:
    submit, ask = ledger.committer.submit, ledger.committer.ask
    elsewhere = Site()
    elsewhere.with_card()
    elsewhere.recharge(50_00)
    sold = elsewhere.sale(20_00)
    used = CouponGrant(coupon="far-2", kind="c5", face=500, threshold=100)
    came = SaleRight(sale=sold.id, entry=encoded(sold), coupons=(used,))
    grant = Granted(sales=(came,), member=MemberId("m-far"), tier="gold")
    for m in (1, 2):
        await submit(BookDirective(id=an_id(m), at=AT, directed=Directed(hq_epoch=1, m=m), directive=grant))
    known, coupon = await ask(lambda state: (state.wallet(W1), state.coupon("far-2")))
    assert (known.member, known.tier, coupon) == ("m-far", "gold", (W1, used))


async def test_who_brought_a_member_has_uses_for_it_and_gives_them_back(ledger: Any) -> None:
    submit = ledger.committer.submit
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private())
    newcomer = replace(opens(2, member=True), introduced_by=W1)
    await submit(BookJoin(id=an_id(2), at=AT, opens=newcomer), Private())
    free = Grant(unit="count:F02-free", amount=1, until="2026-12-24")
    sold = await submit(replace(sale(3, 1000, number=2), card=None, bringer=(free,)))
    assert (sold.introducer_uses, sold.after.uses) == (1, {})

    async def held() -> int:
        return await ledger.committer.ask(lambda state: state.balance(held_by(W1, free.unit)))

    assert await held() == 1
    void = await submit(BookVoid(id=an_id(4), at=AT, of=an_id(3), why="x"))
    assert (void.introducer_uses, await held()) == (0, 0)
    await submit(replace(sale(5, 1000, number=2), card=None, bringer=(free,)))
    if hasattr(ledger, "_secret"):
        await ledger.committer.ask(lambda shelf: check_beside(shelf.connection))
        assert (await ledger.committer.ask(lambda shelf: verified(shelf.connection))).entries == 5


async def test_uses_that_are_owed_for_who_was_brought_are_settled_by_the_next(ledger: Any) -> None:
    submit, ask = ledger.committer.submit, ledger.committer.ask
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private())
    newcomer = replace(opens(2, member=True), introduced_by=W1)
    await submit(BookJoin(id=an_id(2), at=AT, opens=newcomer), Private())
    free = Grant(unit="count:F02-free", amount=1, until="2026-12-24")

    async def stands() -> tuple[int, int]:
        held = held_by(W1, free.unit)
        return await ask(lambda state: (state.balance(held), state.balance(debt(held))))

    async def brings(number: int, amount: int) -> int:
        gift = replace(free, amount=amount)
        booked = await submit(replace(sale(number, 1000, number=2), card=None, bringer=(gift,)))
        return booked.introducer_uses

    assert await brings(3, 1) == 1
    uses = Tender(kind=TenderKind.USES, amount=1000, of=free.unit, units=1)
    await submit(replace(sale(4, 1000, number=1), card=None, tenders=(uses,), received=0))
    await submit(BookVoid(id=an_id(5), at=AT, of=an_id(3), why="x"))
    assert await stands() == (0, -1)
    assert await brings(6, 1) == 1, "it was given, and settled what was owed"
    assert await stands() == (0, 0)
    await submit(BookVoid(id=an_id(7), at=AT, of=an_id(6), why="x"))
    assert await stands() == (0, -1)
    assert await brings(8, 3) == 3
    assert await stands() == (2, 0)
    if hasattr(ledger, "_secret"):
        await ask(lambda shelf: check_beside(shelf.connection))
        assert (await ask(lambda shelf: verified(shelf.connection))).entries == 8


@pytest.mark.parametrize("bought_first", [True, False])
async def test_cashback_of_goods_that_came_back_is_not_good_again(ledger: Any, *, bought_first: bool) -> None:
    submit, ask, over = ledger.committer.submit, ledger.committer.ask, replace(AT, business_day="2026-12-31")
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private())
    cashback = Cashback(amount=100, since=AT.business_day, until="2026-12-30")
    await submit(replace(sale(2, 1000, number=1), card=None, cashback=cashback))
    paid = (Tender(kind=TenderKind.CASHBACK, amount=100),)
    await submit(replace(sale(3, 100, number=1), card=None, tenders=paid, received=0))
    for number, (of, net) in enumerate([(2, 1000), (3, 100)] if bought_first else [(3, 100), (2, 1000)]):
        returned = (Returned(line=0, net=net),)
        back = BookRefund(
            id=an_id(4 + number), at=over, of=an_id(of), returned=returned, why="x", anew="2027-01-30"
        )
        await submit(back)
    there = await ask(lambda state: [(lot.until, lot.rest) for lot in state.lots(W1, "cashback")])
    assert there == ([("2026-12-30", 100)] if bought_first else [])
    await told_anew_is_the_same(ledger)
    if hasattr(ledger, "_secret"):
        assert (await ask(lambda shelf: verified(shelf.connection))).entries == 5


async def test_what_is_had_only_so_often_is_counted_and_comes_back(ledger: Any) -> None:
    submit, ask = ledger.committer.submit, ledger.committer.ask
    other = WalletId("w2")
    for number in (1, 2):
        await submit(BookJoin(id=an_id(number), at=AT, opens=opens(number, member=True)), Private())
    drink = Had(what="drink", period="2026-11", name="赠饮", count=1, most=1)
    sold = replace(sale(3, 1000, number=1), card=None, had=(drink,))

    async def had(wallet: WalletId) -> int:
        key = ("drink", "2026-11")
        return (await ask(partial(had_of, wallet=wallet, counted=(key,))))[key]

    assert await had(W1) == 0
    await submit(sold)
    assert (await had(W1), await had(other)) == (1, 0)
    with pytest.raises(HadBefore):
        await submit(replace(sold, id=an_id(4)))
    await submit(BookVoid(id=an_id(5), at=AT, of=an_id(3), why="x"))
    assert await had(W1) == 0
    await submit(replace(sold, id=an_id(6)))
    await submit(BookMerge(id=an_id(7), at=AT, wallet=W1, into=other))
    assert await had(other) == 1
    with pytest.raises(HadBefore):
        await submit(replace(sold, id=an_id(8), wallet=other))
    if hasattr(ledger, "_secret"):
        await ledger.committer.ask(lambda shelf: check_beside(shelf.connection))


async def test_a_name_that_headquarters_merged_away_still_leads_to_what_was_theirs(ledger: Any) -> None:
    """At a site that knows nothing else of the wallet that stays."""
    submit, member, stays = ledger.committer.submit, MemberId("m1"), WalletId("w2")
    private = Private(credentials=(PHONE,), name="王小明", phone=PHONE.number, initials="wxm")
    begins = replace(recharge(1, principal=1000), card=None, opens=opens(1, member=True))
    await submit(begins, private)
    await submit(BookJoin(id=an_id(2), at=AT, opens=opens(3, member=True)), Private())
    told, merge = Directed(hq_epoch=1, m=1), Merge(wallet=W1, into=stays)
    await submit(BookDirective(id=an_id(4), at=AT, directed=told, directive=merge))
    with pytest.raises(NamelessStays):
        await submit(BookMerge(id=an_id(5), at=AT, wallet=WalletId("w3"), into=stays))
    for number, wallet in ((6, W1), (7, stays)):
        with pytest.raises(ErasureWaits, match="value is left"):
            await submit(BookErasure(id=an_id(number), at=AT, wallet=wallet, member=member))
    await submit(replace(sale(8, 1000, number=2, stored=1000), card=None))
    assert await ledger.books.holder(PHONE) is not None
    await submit(BookErasure(id=an_id(9), at=AT, wallet=W1, member=member))
    assert await ledger.books.holder(PHONE) is None
    if hasattr(ledger, "_secret"):
        await ledger.committer.ask(lambda shelf: check_beside(shelf.connection))


async def test_uses_that_ended_are_not_on_a_receipt_that_is_printed_later_and_are_told_to_their_member(
    ledger: Any,
) -> None:
    submit, member = ledger.committer.submit, MemberId("m1")
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private())
    said = sold_text(SoldAs(name="十次卡", uses_of=("F01",)))
    gifts = [
        Grant(unit="count:K10", amount=3, until="2026-11-01", sold=said),
        Grant(unit="count:K10", amount=2, until=AT.business_day, sold=said),
        Grant(unit="count:K20", amount=1, until="2026-11-01"),
    ]
    for number, gift in enumerate(gifts, start=2):
        await submit(BookGrant(id=an_id(number), at=AT, wallet=W1, why="x", grants=(gift,)))
    booked = await ledger.books.booked(an_id(4))
    assert (booked.after.uses, booked.after.called) == ({"K10": 2}, {"K10": "十次卡"})
    (purse,) = (await ledger.books.kept_of(member)).purses
    assert purse.uses == (
        UsesKept(unit="count:K10", amount=3, until="2026-11-01", name="十次卡"),
        UsesKept(unit="count:K10", amount=2, until=AT.business_day, name="十次卡"),
        UsesKept(unit="count:K20", amount=1, until="2026-11-01"),
    )


async def test_litres_that_may_be_filled_stand_on_a_receipt(ledger: Any) -> None:
    submit = ledger.committer.submit
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private())
    gifts = (
        Grant(unit="litres:95@770", amount=1_00, until="2026-11-01"),
        Grant(unit="litres:95@770", amount=160_00, until=AT.business_day),
        Grant(unit="litres:92", amount=5_00),
        Grant(unit="litres:0", amount=7_00, until="2026-11-01"),
    )
    for number, gift in enumerate(gifts, start=2):
        await submit(BookGrant(id=an_id(number), at=AT, wallet=W1, why="x", grants=(gift,)))
    booked = await ledger.books.booked(an_id(5))
    assert (booked.after.uses, booked.after.called) == ({"litres:95@770": 160_00, "litres:92": 5_00}, {})


async def test_uses_that_were_given_keep_nobody_from_being_forgotten(ledger: Any) -> None:
    submit = ledger.committer.submit
    private = Private(credentials=(PHONE,), name="王小明", phone=PHONE.number, initials="wxm")
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), private)
    gift = (Grant(unit="count:S9", amount=1, until="2026-12-01"),)
    await submit(BookGrant(id=an_id(2), at=AT, wallet=W1, why="x", grants=gift))
    await submit(BookErasure(id=an_id(3), at=AT, wallet=W1, member=MemberId("m1")))
    assert await ledger.books.holder(PHONE) is None


async def test_whose_phone_it_was_before_is_known_until_they_are_forgotten(ledger: Any) -> None:
    """Another number may be masked alike."""
    submit, books = ledger.committer.submit, ledger.books
    like = Credential(medium=Medium.PHONE, number=f"{PHONE.number[:3]}9999{PHONE.number[-4:]}")
    new = Credential(medium=Medium.PHONE, number="19000000399")
    assert masked_phone(like.number) == masked_phone(PHONE.number)
    assert not await books.was_members(PHONE)
    private = Private(credentials=(PHONE,), name="王小明", phone=PHONE.number)
    await submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), private)
    to = {"wallet": W1, "card": None, "to": MemberId("m2"), "commitment": "", "terms": "1"}
    theirs = Private(credentials=(new,), name="赵六", phone=new.number)
    await submit(BookTransfer(id=an_id(2), at=AT, **to), theirs)
    assert await books.holder(PHONE) is None
    assert [await books.was_members(one) for one in (PHONE, new, like)] == [True, True, False]
    await submit(BookErasure(id=an_id(3), at=AT, wallet=W1, member=MemberId("m1")))
    assert [await books.was_members(one) for one in (PHONE, new, like)] == [False, True, False]


async def test_all_that_is_kept_of_a_member_is_told_and_of_whom_nothing_is_kept_nothing(ledger: Any) -> None:
    submit, member = ledger.committer.submit, MemberId("m1")
    begins = replace(
        opens(1, member=True),
        consents=(Consent(purpose="health", version="6", given=True),),
        card=CardId("c1"),
    )
    private = Private(credentials=(PHONE, CARD), name="王小明", phone=PHONE.number, initials="wxm")
    await submit(replace(recharge(1, principal=1000, bonus=50), opens=begins), private)
    at = replace(AT, wall_ms=AT.wall_ms + 60_000)
    for entry, purpose in ((2, "marketing"), (3, "health")):
        await submit(
            BookConsent(id=an_id(entry), at=at, wallet=W1, purpose=purpose, version="7", given=False)
        )
    await submit(BookLegalHold(id=an_id(4), at=at, member=member, until="2031-01-01", why="x"))
    kept = await ledger.books.kept_of(member)
    assert (kept.private.name, kept.private.phone, kept.records_until) == (
        "王小明", PHONE.number, "2031-01-01",
    )  # fmt: skip
    assert [(one.consent.purpose, one.consent.version, one.consent.given) for one in kept.agreed] == [
        ("health", "7", False),
        ("marketing", "7", False),
    ]
    assert [one.when for one in kept.agreed] == [local_time(at)] * 2
    (purse,) = kept.purses
    assert (purse.wallet, purse.tier, sorted(purse.held)) == (
        "w1",
        "regular",
        [("bonus", 50), ("principal", 1000)],
    )
    assert [card[-4:] for card in purse.cards] == ["614E"]
    assert kept.paid_in == id_day(an_id(1)) == "2026-09-21"
    await submit(replace(recharge(5, principal=1), id=EntryId("01a20000-0000-7000-8000-000000000005")))
    assert (await ledger.books.kept_of(member)).paid_in == "2026-11-21"
    await submit(BookGrant(id=an_id(6), at=at, wallet=W1, why="x", grants=(Grant(unit="bonus", amount=5),)))
    assert (await ledger.books.kept_of(member)).paid_in == "2026-11-21"
    assert await ledger.books.kept_of(MemberId("nobody")) is None


async def test_principal_whose_recharge_earned_points_is_known_by_its_lot(ledger: Any) -> None:
    await with_card(ledger)
    points = PointsEarned(family="goods", points=30, base=3000, step=100)
    await ledger.committer.submit(replace(recharge(3, principal=3000, bonus=0), points=(points,)))

    async def earned(fen: int) -> int:
        return int(await ledger.committer.ask(lambda state: earned_before(state, W1, fen)))

    assert [await earned(fen) for fen in (10000, 10001, 13000)] == [0, 1, 3000]
    await ledger.committer.submit(sale(4, 12000, number=1, stored=12000))
    assert [await earned(fen) for fen in (0, 1, 13000)] == [0, 1, 1000]


async def test_stored_value_can_be_spent_in_proportion(ledger: Any) -> None:
    await with_card(ledger)
    booked = await ledger.committer.submit(
        sale(3, 1100, number=1, stored=1100, order=SpendOrder.PROPORTIONAL)
    )
    assert (booked.principal_spent, booked.bonus_spent) == (1000, 100)


async def test_more_than_there_is_is_refused_and_changes_nothing(ledger: Any) -> None:
    await with_card(ledger)
    with pytest.raises(InsufficientFunds):
        await ledger.committer.submit(sale(3, 11001, number=1, stored=11001))
    assert (await ledger.outbox.head())[0] == 2
    await ledger.committer.submit(sale(4, 11000, number=1, stored=11000))


async def test_the_same_command_twice_is_one_effect_and_the_same_answer(ledger: Any) -> None:
    await with_card(ledger)
    first = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000, points=10))
    await ledger.committer.submit(sale(4, 500, number=1, stored=500))
    second = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000, points=10))
    assert second == replace(first, again=True)
    assert (await ledger.outbox.head())[0] == 4


async def test_the_same_id_with_another_command_is_an_error(ledger: Any) -> None:
    await ledger.committer.submit(sale(1, 1000))
    with pytest.raises(IdReused):
        await ledger.committer.submit(sale(1, 2000))


async def test_somebody_joins_in_the_transaction_of_the_sale(ledger: Any) -> None:
    command = sale(1, 20000, points=200, begins=opens(7, member=True, coupons=10))
    booked = await ledger.committer.submit(command, Private(credentials=(PHONE,), phone=PHONE.number))
    assert booked.after.coupons == 10
    assert booked.after.points == {"goods": 200}
    holder = await ledger.books.holder(PHONE)
    assert holder.member == "m7"
    assert holder.name_shown == "190****0301"


async def test_what_a_phone_page_shows_leads_to_whoever_has_that_phone(ledger: Any) -> None:
    private = Private(credentials=(PHONE, CARD), phone=PHONE.number)
    begins = replace(opens(7, member=True), card=CardId("c1"))
    await ledger.committer.submit(sale(1, 20000, begins=begins), private)
    shown = Credential(medium=Medium.SHOWN, number=ledger.books.token(PHONE), trust=Trust.SECURE)
    assert ledger.books.token(shown) == shown.number
    holder = await ledger.books.holder(shown)
    assert holder == await ledger.books.holder(PHONE)
    assert (holder.member, holder.card, holder.number_shown) == ("m7", None, "190****0301")
    assert (await ledger.books.cards_held(shown)).cards == (await ledger.books.cards_held(PHONE)).cards != ()
    of_card = Credential(medium=Medium.SHOWN, number="00" * 32)
    assert await ledger.books.holder(of_card) is None
    assert await ledger.books.cards_held(of_card) is None
    assert [one.member for one in await ledger.books.found(PHONE.number)] == ["m7"]


async def test_a_phone_that_joined_cannot_join_again(ledger: Any) -> None:
    private = Private(credentials=(PHONE,), phone=PHONE.number)
    await ledger.committer.submit(sale(1, 20000, begins=opens(7, member=True)), private)
    with pytest.raises(AlreadyMember):
        await ledger.committer.submit(sale(2, 20000, begins=opens(8, member=True)), private)
    assert (await ledger.outbox.head())[0] == 1
    with pytest.raises(UnknownCard):
        await ledger.committer.submit(recharge(3, number=8))


async def test_one_bad_submission_among_many_fails_alone(ledger: Any) -> None:
    await with_card(ledger)
    commands = [sale(10 + n, 1000, number=1, stored=1000) for n in range(12)]
    answers = await asyncio.gather(*map(ledger.committer.submit, commands), return_exceptions=True)
    assert sum(isinstance(one, InsufficientFunds) for one in answers) == 1
    assert (await ledger.outbox.head())[0] == 13


@pytest.mark.parametrize(
    "bad",
    [
        replace(sale(3, 1000), due=999),
        replace(sale(3, 1000), received=900),
        replace(sale(3, 1000), rounding=-1),
        replace(sale(3, 1000), lines=()),
        replace(sale(3, 1000), tenders=()),
        replace(sale(3, 1000), lines=(replace(sale(3, 1000).lines[0], quantity=0),)),
        replace(sale(3, 1000), lines=(replace(sale(3, 1000).lines[0], gross=-1000, net=-1000),)),
        sale(3, 2**60),
        replace(sale(3, 1000, number=1), wallet=None),
        replace(recharge(3), principal=0),
        replace(recharge(3), principal=-5),
        replace(recharge(3), bonus=-5),
        replace(recharge(3), received=1),
        recharge(3, number=99),
        replace(recharge(3), card="c-unknown"),
        replace(sale(3, 1000), id="not-an-id"),
        replace(sale(3, 1000), id=an_id(3).upper()),
    ],
)
async def test_what_no_honest_counter_sends_is_refused(ledger: Any, bad: Any) -> None:
    await with_card(ledger)
    with pytest.raises(Refused):
        await ledger.committer.submit(bad)
    assert (await ledger.outbox.head())[0] == 2


async def test_a_card_cannot_be_issued_twice(ledger: Any) -> None:
    await ledger.committer.submit(*issue(1))
    with pytest.raises(NotBookable):
        await ledger.committer.submit(*issue(2))


async def test_the_journal_is_a_chain_of_canonical_bodies(ledger: Any) -> None:
    await with_card(ledger)
    before = GENESIS
    for link in await ledger.outbox.after(0, 10):
        entry = decoded(link.body)
        assert entry.seq == link.seq
        assert chained(before, link.body) == link.hash
        before = link.hash
    assert await ledger.outbox.head() == (2, before)


async def test_neither_card_number_nor_phone_is_in_any_body(ledger: Any) -> None:
    await ledger.committer.submit(*issue(1))
    private = Private(credentials=(PHONE,), phone=PHONE.number, name="王小明", plate="测A00001")
    await ledger.committer.submit(sale(2, 20000, begins=opens(7, member=True)), private)
    bodies = b"".join(link.body for link in await ledger.outbox.after(0, 10))
    for secret in ("0A00BC0001", PHONE.number, "王小明", "测A00001"):
        assert secret.encode() not in bodies


async def test_an_unknown_card_has_no_holder(ledger: Any) -> None:
    assert await ledger.books.holder(CARD) is None


async def test_cards_are_found_in_whatever_state_by_each_of_them(ledger: Any) -> None:
    first = Credential(medium=Medium.EM4100, number="0A00BC0001")
    second, third = (Credential(medium=Medium.UID, number=f"04AA0000000{n}") for n in (7, 8))
    assert await ledger.books.cards_held(first) is None
    await with_card(ledger)
    more = BookCard(id=an_id(3), at=AT, wallet=W1, card=CardId("c2"))
    await ledger.committer.submit(more, Private(credentials=(second,)))
    frozen = BookCardState(id=an_id(4), at=AT, card=CardId("c1"), state=CardState.FROZEN)
    await ledger.committer.submit(frozen)
    with pytest.raises(CardNotUsable):
        await ledger.books.holder(first)
    held = await ledger.books.cards_held(first)
    assert (held.holder.wallet, held.holder.principal, held.holder.number_shown) == (W1, 10000, "****0001")
    assert {(one.card, one.state) for one in held.cards} == {
        ("c1", CardState.FROZEN), ("c2", CardState.ACTIVE),
    }  # fmt: skip
    assert (held.presented.card, held.presented.state) == ("c1", CardState.FROZEN)
    assert (await ledger.books.cards_held(second)).presented.shown == "********0007"
    new = BookCard(id=an_id(5), at=AT, wallet=W1, card=CardId("c3"), replaces=CardId("c2"))
    await ledger.committer.submit(new, Private(credentials=(third,)))
    assert await ledger.books.cards_held(second) is None
    assert {one.card for one in (await ledger.books.cards_held(third)).cards} == {"c1", "c3"}


def spelt(accounts: Any) -> list[tuple[str, str, int]]:
    return [(one.card, one.shown, one.fen) for one in accounts]


async def test_of_a_long_range_each_account_has_the_number_that_it_is_known_by(ledger: Any) -> None:
    for n, number in enumerate(("PT0001", "PT0064", "PT0065", "PT0129"), 1):
        key = Credential(
            medium=Medium.STRIPE if n % 2 else Medium.CODE, number=number if n % 2 else f"MC-{number}"
        )
        await ledger.committer.submit(
            BookIssue(id=an_id(n), at=AT, opens=opens(n)), Private(credentials=(key,))
        )
    found = await ledger.books.accounts(Chosen(numbers=numbers("pt0002-pt9999")))
    assert spelt(found) == [("c2", "PT0064", 0), ("c3", "PT0065", 0), ("c4", "PT0129", 0)]


async def test_accounts_are_chosen_by_number_day_and_tier_while_they_are_not_cancelled(
    ledger: Any,
) -> None:
    for n, on in ((1, "2026-01-01"), (2, "2026-02-02"), (3, "2026-03-03"), (4, "2026-04-04")):
        key = (
            Credential(medium=Medium.CODE, number=f"MC-PT000{n}")
            if n < 4
            else Credential(medium=Medium.STRIPE, number="PT0004")
        )
        begins = BookIssue(id=an_id(n), at=replace(AT, business_day=on), opens=opens(n))
        await ledger.committer.submit(begins, Private(credentials=(key,)))
    await ledger.committer.submit(recharge(5, number=2, principal=150))
    await ledger.committer.submit(
        BookTier(id=an_id(6), at=AT, wallet=WalletId("w3"), tier="gold", why="by hand")
    )
    accounts = ledger.books.accounts
    assert spelt(await accounts(Chosen(numbers=numbers("pt0001-pt0009")))) == [
        ("c1", "PT0001", 0), ("c2", "PT0002", 150), ("c3", "PT0003", 0), ("c4", "PT0004", 0),
    ]  # fmt: skip
    assert spelt(await accounts(Chosen(numbers=numbers("pt0002-pt0003"), tier="gold"))) == [
        ("c3", "PT0003", 0)
    ]
    assert [one.card for one in await accounts(Chosen(issued_until="2026-02-02"))] == ["c1", "c2"]
    assert [one.card for one in await accounts(Chosen(tier="gold"))] == ["c3"]
    assert {one.card for one in await accounts(Chosen())} == {"c1", "c2", "c3", "c4"}
    assert await accounts(Chosen(numbers=numbers("yt0001-yt0009"))) == []
    assert [one.nobodys for one in await accounts(Chosen(numbers=numbers("pt0001-pt0004")))] == [True] * 4
    to = BookTransfer(
        id=an_id(8), at=AT, wallet=WalletId("w2"), card=None, to=MemberId("m2"), commitment="", terms="1"
    )
    await ledger.committer.submit(to, Private(name="王小明", phone="19000000301"))
    found = await accounts(Chosen(numbers=numbers("pt0001-pt0002")))
    assert [(one.nobodys, one.partly, one.elsewhere) for one in found] == [
        (True, False, False),
        (False, False, False),
    ]
    gone = BookCardState(id=an_id(7), at=AT, card=CardId("c1"), state=CardState.CANCELLED)
    await ledger.committer.submit(gone)
    assert spelt(await accounts(Chosen(numbers=numbers("pt0001-pt0001")))) == []
    assert "c1" not in {one.card for one in await accounts(Chosen())}


async def test_what_was_given_with_a_card_of_nobody_ends_with_it(ledger: Any) -> None:
    key = Credential(medium=Medium.CODE, number="MC-PT0001")
    await ledger.committer.submit(BookIssue(id=an_id(1), at=AT, opens=opens(1)), Private(credentials=(key,)))
    for n, until in ((2, ""), (3, "2027-12-31")):
        points = Grant(unit="points:goods", amount=n, until=until)
        await ledger.committer.submit(
            BookGrant(id=an_id(n), at=AT, wallet=WalletId("w1"), why="x", grants=(points,))
        )
    (one,) = await ledger.books.accounts(Chosen())
    assert (one.left, one.ends) == ((("points:goods", 5),), ("points:goods",))
    gone = BookCardState(id=an_id(4), at=AT, card=CardId("c1"), state=CardState.CANCELLED)
    with pytest.raises(LeftChanged):
        await ledger.committer.submit(gone)
    booked = await ledger.committer.submit(replace(gone, id=an_id(5), ends=one.ends))
    assert booked.after.points == {}
    assert await ledger.committer.ask(lambda state: state.holdings(WalletId("w1"))) == []
    assert await ledger.committer.ask(lambda state: state.lots(WalletId("w1"), "points:goods")) == []


async def test_a_number_that_is_used_again_is_a_new_account(ledger: Any) -> None:
    key = Credential(medium=Medium.CODE, number="MC-PT0001")
    await ledger.committer.submit(BookIssue(id=an_id(1), at=AT, opens=opens(1)), Private(credentials=(key,)))
    gone = BookCardState(id=an_id(2), at=AT, card=CardId("c1"), state=CardState.CANCELLED)
    await ledger.committer.submit(gone)
    assert await ledger.books.holder(key) is None
    await ledger.committer.submit(BookIssue(id=an_id(3), at=AT, opens=opens(2)), Private(credentials=(key,)))
    assert (await ledger.books.holder(key)).wallet == "w2"
    (found,) = await ledger.books.accounts(Chosen(numbers=numbers("pt0001")))
    assert found.card == "c2"


async def test_how_long_a_card_without_a_name_pays_is_kept_and_told_with_it(ledger: Any) -> None:
    key, other = (Credential(medium=Medium.EM4100, number=f"0A00BC000{n}") for n in (1, 2))
    command, _ = issue(1)
    issued = replace(command, opens=replace(command.opens, member=None, until="2029-11-24"))
    await ledger.committer.submit(issued, Private(credentials=(key,)))
    assert (await ledger.books.holder(key)).card_until == "2029-11-24"
    assert [one.until for one in (await ledger.books.cards_held(key)).cards] == ["2029-11-24"]
    frozen = BookCardState(id=an_id(2), at=AT, card=CardId("c1"), state=CardState.FROZEN)
    await ledger.committer.submit(frozen)
    assert [one.until for one in (await ledger.books.cards_held(key)).cards] == ["2029-11-24"]
    renewed = replace(frozen, id=an_id(3), state=CardState.ACTIVE, until="2032-11-24")
    await ledger.committer.submit(renewed)
    assert (await ledger.books.holder(key)).card_until == "2032-11-24"
    more = BookCard(id=an_id(4), at=AT, wallet=W1, card=CardId("c2"), until="2030-01-01")
    await ledger.committer.submit(more, Private(credentials=(other,)))
    assert (await ledger.books.holder(other)).card_until == "2030-01-01"
    late = replace(AT, business_day="2032-11-25")
    again = await ledger.committer.ask(lambda state: state.card(CardId("c1")))
    assert (again.until, again.state) == ("2032-11-24", CardState.ACTIVE)
    paid = replace(recharge(5, principal=100), at=late)
    with pytest.raises(CardExpired):
        await ledger.committer.submit(paid)


async def test_what_is_acknowledged_no_longer_waits(ledger: Any) -> None:
    await with_card(ledger)
    assert ledger.outbox.waiting() == 2
    await ledger.outbox.acknowledge(1)
    await ledger.outbox.acknowledge(99)
    assert (await ledger.outbox.acked(), ledger.outbox.waiting()) == (1, 1)


async def test_marks_are_kept_with_what_they_are_of(ledger: Any) -> None:
    await with_card(ledger)
    await ledger.outbox.acknowledge(1, "one")
    await ledger.link.told("fed")
    await ledger.link.edits_held([], 1, "edits")
    await ledger.link.edits_held([], 1)
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=2))
    standing = ledger.link.standing()
    assert (standing.acked_mark, standing.fed_mark, standing.edits_mark) == ("one", "fed", "edits")
    await ledger.outbox.acknowledge(1, "late")
    assert ledger.link.standing().acked_mark == "one"


async def test_under_a_new_epoch_headquarters_may_hold_less(ledger: Any) -> None:
    await with_card(ledger)
    await ledger.outbox.acknowledge(2, "two")
    await ledger.outbox.begins_anew(1, "anew")
    assert (await ledger.outbox.acked(), ledger.outbox.waiting()) == (1, 1)
    assert ledger.link.standing().acked_mark == "anew"
    await ledger.outbox.begins_anew(99)
    assert (await ledger.outbox.acked(), ledger.link.standing().acked_mark) == (2, "")


async def test_the_outbox_says_when_it_has_grown(ledger: Any) -> None:
    grown = asyncio.ensure_future(ledger.outbox.grown(0))
    await asyncio.sleep(0)
    assert not grown.done()
    await ledger.committer.submit(sale(1, 1000))
    await asyncio.wait_for(grown, 60)


async def test_cards_whose_last_day_is_over_are_told_one_by_one_while_they_are_in_use(ledger: Any) -> None:
    for number, until in enumerate(("2029-11-24", "2029-11-25", "", "2029-11-24", "2029-11-24"), start=1):
        issued, private = issue(number, number)
        issued = replace(issued, opens=replace(issued.opens, until=until))
        await ledger.committer.submit(issued, private)
    frozen = BookCardState(id=an_id(6), at=AT, card=CardId("c4"), state=CardState.FROZEN)
    await ledger.committer.submit(frozen)
    ended = ledger.books.cards_ended
    assert list(await ended("", "2029-11-24", 9)) == []
    assert list(await ended("", "2029-11-25", 9)) == ["c1", "c5"]
    assert list(await ended("", "2029-11-26", 2)) == ["c1", "c2"]
    assert list(await ended("c2", "2029-11-26", 2)) == ["c5"]
    over = replace(AT, business_day="2029-11-26")
    await ledger.committer.submit(
        BookCardState(id=an_id(7), at=over, card=CardId("c1"), state=CardState.EXPIRED)
    )
    await ledger.committer.submit(transfer(8, 5), Private(name="Li Si"))
    assert list(await ended("", "2029-11-26", 9)) == ["c2"]


async def test_what_has_ended_is_told_account_by_account_and_nothing_else(ledger: Any) -> None:
    lots = (
        ("points:goods", "2026-12-31"), ("points:petrol", "2027-01-01"), ("cashback", "2026-11-30"),
        ("bonus", "2026-01-01"), ("voucher:v1", "2027-01-05"), ("voucher:v2", ""),
    )  # fmt: skip
    for number in (1, 2):
        await ledger.committer.submit(*issue(number, number))
        wallet = opens(number).wallet
        given = tuple(Grant(unit=unit, amount=10, until=until) for unit, until in lots)
        await ledger.committer.submit(
            BookGrant(id=an_id(number + 4), at=AT, wallet=wallet, why="x", grants=given)
        )
    ended = ledger.books.ended
    one, other = sorted(opens(number).wallet for number in (1, 2))
    assert list(await ended(("", ""), "2027-01-01", 9)) == [
        (one, "cashback"), (one, "points:goods"), (other, "cashback"), (other, "points:goods"),
    ]  # fmt: skip
    assert list(await ended((one, "cashback"), "2026-12-31", 9)) == [(other, "cashback")]
    assert list(await ended((one, "cashback"), "2027-01-02", 1)) == [(one, "points:goods")]
    assert list(await ended((other, "points:petrol"), "2027-01-05", 9)) == []
    assert list(await ended((other, "points:petrol"), "2027-01-06", 9)) == [(other, "voucher:v1")]
    await ledger.committer.submit(
        BookExpiry(id=an_id(9), at=replace(AT, business_day="2026-12-01"), wallet=one, unit="cashback")
    )
    assert list(await ended(("", ""), "2026-12-31", 9)) == [(other, "cashback")]


async def test_wallets_are_found_on_which_coupons_lie_that_have_ended(ledger: Any) -> None:
    for number, until in ((1, "2026-11-30"), (2, ""), (3, "2026-12-01")):
        await ledger.committer.submit(*issue(number, number))
        some = tuple(
            CouponGrant(coupon=f"c{number}-{at}", kind="c", face=1, threshold=0, until=until)
            for at in range(2)
        )
        given = BookGrant(id=an_id(number + 5), at=AT, wallet=opens(number).wallet, why="x", coupons=some)
        await ledger.committer.submit(given)
    ended = ledger.books.coupons_ended
    one, other = opens(1).wallet, opens(3).wallet
    assert list(await ended(WalletId(""), "2026-11-30", 9)) == []
    assert list(await ended(WalletId(""), "2026-12-01", 9)) == [one]
    both = sorted((one, other))
    assert list(await ended(WalletId(""), "2026-12-02", 9)) == both
    assert list(await ended(WalletId(""), "2026-12-02", 1)) == both[:1]
    assert list(await ended(both[0], "2026-12-02", 9)) == both[1:]
    await ledger.committer.submit(
        BookExpiry(id=an_id(9), at=replace(AT, business_day="2026-12-01"), wallet=one, unit="coupon")
    )
    assert list(await ended(WalletId(""), "2026-12-02", 9)) == [other]


async def test_a_print_job_waits_until_it_is_said_to_be_printed(ledger: Any) -> None:
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(sale(2, 1000))
    await ledger.committer.submit(sale(3, 1000))
    assert list(await ledger.books.waiting_prints()) == [an_id(2), an_id(3)]
    await ledger.print_jobs.printed(an_id(2))
    await ledger.print_jobs.doubtful(an_id(3), "paper out")
    assert list(await ledger.books.waiting_prints()) == [an_id(3)]


async def test_an_entry_is_looked_up_as_it_was_answered(ledger: Any) -> None:
    await with_card(ledger)
    first = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    await ledger.committer.submit(sale(4, 1000, number=1, stored=1000))
    assert await ledger.books.booked(an_id(3)) == replace(first, again=True)
    assert await ledger.committer.look_up(an_id(3)) == replace(first, again=True)
    assert await ledger.committer.look_up(an_id(99)) is None


async def test_numbers_of_receipts_go_on_whatever_was_printed(ledger: Any) -> None:
    numbers = []
    for entry in range(1, 9):
        booked = await ledger.committer.submit(sale(entry, 1000))
        numbers.append(booked.receipt_no.rpartition("-")[0])
        if entry in {1, 2, 4, 7, 8}:
            await ledger.print_jobs.printed(an_id(entry))
    assert numbers == [f"T1-1-{n}" for n in range(1, 9)]
    await ledger.print_jobs.printed(an_id(3))
    assert list(await ledger.books.waiting_prints()) == [an_id(5), an_id(6)]
    await ledger.print_jobs.doubtful(an_id(8), "late")
    assert list(await ledger.books.waiting_prints()) == [an_id(5), an_id(6)]
    assert (await ledger.committer.submit(sale(9, 1000))).receipt_no.startswith("T1-1-9-")


async def test_one_that_fails_after_it_has_written_takes_nobody_with_it(ledger: Any) -> None:
    private = Private(credentials=(PHONE,), phone=PHONE.number)
    joins = [(sale(10 + n, 20000, begins=opens(10 + n, member=True, coupons=2)), private) for n in range(3)]
    others: list[Any] = [(sale(20 + n, 1000), None) for n in range(4)]
    group = [others[0], joins[0], others[1], joins[1], others[2], joins[2], others[3]]
    answers = await asyncio.gather(*(ledger.committer.submit(*one) for one in group), return_exceptions=True)
    assert [type(one) for one in answers].count(AlreadyMember) == 2
    assert (await ledger.outbox.head())[0] == 5
    seqs = [one.seq for one in answers if not isinstance(one, BaseException)]
    assert seqs == [1, 2, 3, 4, 5]
    numbers = [one.receipt_no.split("-")[2] for one in answers if not isinstance(one, BaseException)]
    assert numbers == ["1", "2", "3", "4", "5"]


async def test_whose_it_is_comes_with_the_points_that_end_and_that_are_owed(ledger: Any) -> None:
    def held(state: Any) -> Any:
        return points_held(state, wallet=W1, family=Family.GOODS, business_day="2027-01-01", notice_days=30)

    await with_card(ledger)
    for n, (unit, amount, until) in enumerate(
        (
            ("points:goods", 30, "2026-12-31"),
            ("points:goods", 31, "2027-12-31"),
            ("points:goods", 5, ""),
            ("points:petrol", 9, "2026-12-31"),
            ("cashback", 9, "2026-12-31"),
        )
    ):
        given = (Grant(unit=unit, amount=amount, until=until),)
        await ledger.committer.submit(BookGrant(id=an_id(10 + n), at=AT, wallet=W1, why="x", grants=given))
    holder = await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0001"))
    assert (holder.points, holder.points_read.owed) == (66, 0)
    assert sorted(holder.units) == ["bonus", "cashback", "points:goods", "points:petrol", "principal"]
    assert sorted(holder.points_read.lots) == [("2026-12-31", 30), ("2027-12-31", 31)]
    await ledger.committer.submit(sale(4, 5000, number=1, points=50))
    spent = PointsEarned(family="goods", points=100)
    redeem = BookRedeem(id=an_id(5), at=AT, wallet=W1, card=CardId("c1"), points=spent, what="mug")
    await ledger.committer.submit(redeem)
    await ledger.committer.submit(BookVoid(id=an_id(6), at=AT, of=an_id(4), why="x"))
    holder = await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0001"))
    told = await ledger.committer.ask(held)
    assert (holder.points, holder.points_read) == (0, PointsRead(owed=34))
    assert (told.usable, told.owed) == (-34, 34)


async def test_many_are_booked_at_once_each_by_itself_and_answered_in_their_order(ledger: Any) -> None:
    private = Private(credentials=(PHONE,), phone=PHONE.number)
    joins = [(sale(10 + n, 20000, begins=opens(10 + n, member=True)), private) for n in range(2)]
    group = [
        (sale(20, 1000), None),
        joins[0],
        (sale(21, 1000, number=9), None),
        joins[1],
        (sale(22, 1000), None),
    ]
    answers = await ledger.committer.submit_all(group)
    told = [getattr(one, "seq", type(one)) for one in answers]
    assert told == [1, 2, UnknownCard, AlreadyMember, 3]
    assert [one.seq for one in await ledger.committer.submit_all(group[:2])] == [1, 2]
    assert list(await ledger.committer.submit_all([])) == []
    assert (await ledger.outbox.head())[0] == 3


async def test_once_it_is_closed_each_of_many_is_told_so(ledger: Any) -> None:
    await ledger.close()
    answers = await ledger.committer.submit_all([(sale(1, 1000), None), (sale(2, 1000), None)])
    assert [type(one) for one in answers] == [LedgerClosed] * 2


async def test_what_lies_on_a_wallet_is_told_by_unit_without_what_came_to_nothing(ledger: Any) -> None:
    def held(state: Any) -> list[tuple[str, int]]:
        return list(state.holdings(W1))

    assert await ledger.committer.ask(held) == []
    await with_card(ledger)
    assert await ledger.committer.ask(held) == [("bonus", 1000), ("principal", 10000)]
    await ledger.committer.submit(sale(3, 10000, number=1, stored=10000))
    assert await ledger.committer.ask(held) == [("bonus", 1000)]


async def test_who_gave_a_wallet_away_has_no_pin_of_it_any_more(ledger: Any) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    await ledger.committer.submit(
        BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private(name="王")
    )
    await ledger.committer.submit(BookPin(id=an_id(2), at=AT, wallet=W1), Private(pin="v1:old"))
    assert await pin_told(ledger) == "v1:old"
    assert await since_told(ledger) == 0
    await ledger.committer.submit(transfer(3), Private(name="李"))
    assert await pin_told(ledger) == ""
    assert await since_told(ledger) == id_ms(an_id(3))
    await ledger.committer.submit(BookPin(id=an_id(4), at=AT, wallet=W1), Private(pin="v1:new"))
    assert await pin_told(ledger) == "v1:new"
    assert await since_told(ledger) == id_ms(an_id(3))
    await ledger.committer.submit(
        BookProfile(id=an_id(5), at=AT, wallet=W1, commitment=""), Private(name="李四")
    )
    assert await pin_told(ledger) == "v1:new"


async def test_in_a_chain_nobody_is_forgotten_by_one_site_and_a_wish_is_an_entry_there(ledger: Any) -> None:
    joins = BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True))
    await ledger.committer.submit(joins, Private(phone="19000000301"))
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    asked = BookErasure(id=an_id(90), at=AT, wallet=WalletId("w1"), member=MemberId("m1"))
    with pytest.raises(ErasureDecidedElsewhere):
        await ledger.committer.submit(asked)
    head = await ledger.outbox.head()
    booked = await ledger.committer.submit(replace(asked, waits=True))
    assert (booked.seq, await ledger.committer.ask(lambda state: state.is_known(MemberId("m1")))) == (
        head[0] + 1,
        True,
    )


async def test_what_headquarters_settled_of_a_debt_is_owed_no_more(ledger: Any) -> None:
    """As far as it is owed: more of it is nobody's here."""
    submit, ask = ledger.committer.submit, ledger.committer.ask
    points = held_by(W1, "points:goods")
    await submit(BookIssue(id=an_id(1), at=AT, opens=opens(1)))
    await submit(sale(2, 1000, number=1, points=100))
    await submit(BookRightsBack(id=an_id(3), at=AT, wants=(Want(account=points.name, amount=100),)))
    await submit(BookVoid(id=an_id(4), at=AT, of=an_id(2), why="x"))
    owed = [await ask(lambda state: state.balance(debt(points)))]
    for m, settled in enumerate((60, 100, 1), start=5):
        grant = Granted(rights=(Right(account=debt(points).name, amount=settled),))
        await submit(BookDirective(id=an_id(m), at=AT, directed=Directed(hq_epoch=1, m=m), directive=grant))
        owed.append(await ask(lambda state: state.balance(debt(points))))
    assert owed == [-100, -40, 0, 0]
    await told_anew_is_the_same(ledger)
    if hasattr(ledger, "_secret"):
        await ask(lambda shelf: check_beside(shelf.connection))
        assert (await ask(lambda shelf: verified(shelf.connection))).entries == 7
