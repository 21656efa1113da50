"""Facts of a branch that was given up, booked once more on the branch that stays.

What is there pays; what is not there any more is spent beyond the rights held, in its own unit.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.accounts import held_by
from terminal.core.canonical import decoded, encoded
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookDeposit,
    BookErasure,
    BookFleetFunds,
    BookGrant,
    BookHold,
    BookIntent,
    BookIntentEnd,
    BookInvoice,
    BookIssue,
    BookJoin,
    BookMerge,
    BookMergePart,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookReversal,
    BookRightsBack,
    BookShiftClose,
    BookTier,
    BookTransfer,
    BookVoid,
    CardState,
    Cashback,
    CouponGrant,
    Grant,
    IntentEnd,
    PointsEarned,
    Private,
    RechargeRefundReason,
    Returned,
    Sells,
    SpendOrder,
    wallet_of,
)
from terminal.core.directives import Covered, Merge, Release
from terminal.core.directives import Grant as Granted
from terminal.core.entry import Entry
from terminal.core.errors import InsufficientFunds, NotBookable, PartElsewhere
from terminal.core.ledger import Lot, Posted, Wallet, effects, posted, posted_again, replayed
from terminal.core.ledger.merging import begun, begun_merges
from terminal.core.rights import Right, SaleRight, Want
from terminal.core.values import MemberId, WalletId
from terminal.store.answers import Place, entry_of
from tests.core.ledger.book import C1, C2, M1, M2, W1, W2, opening
from tests.core.ledger.test_rights import FLOOR, P1, Site, principal
from tests.core.ledger.test_undo import lots
from tests.core.ledger.test_value import line, load, sell

W3 = WalletId("w3")
LAST = "2026-12-31"
WASH = "count:wash"
GIFT = CouponGrant(coupon="k9", kind="c3", face=300, threshold=0)
"""Given with a sale: that it is known shows that the fact did all that it did the first time."""
GIVEN = effects.CouponAdded(wallet=W1, coupon=GIFT)


class Branch(Site):
    """One member's card in the beginning. Ids go on where no other branch has them."""

    def __init__(self, branch: int = 0, *, begins: bool = True) -> None:
        super().__init__()
        if begins:
            self.with_member(W1, M1, C1)
        self.number += 100 * branch

    def again(self, entry: Entry) -> Entry:
        """The same fact, under its id and receipt number, on this branch."""
        done = posted_again(entry, self)
        fresh = entry_of(entry.payload, done, Place(self.site, 2, self.seq + 1, entry.receipt))
        assert decoded(encoded(fresh)) == fresh
        assert (fresh.id, fresh.receipt, fresh.payload) == (entry.id, entry.receipt, entry.payload)
        assert all(amount for _, amount in fresh.postings), "a posting of nothing"
        assert all(lot.amount for lot in fresh.lots), "a lot of nothing"
        whole = replace(done, wallet=done.wallet or wallet_of(entry.payload))
        assert replayed(fresh, self) == whole, "what another file makes of it"
        self.done: Posted = done
        self.keep(fresh, done, Private())
        self.seq += 1
        self.check_sums()
        return fresh


@pytest.fixture
def one() -> Branch:
    """That is given up."""
    return Branch(1)


@pytest.fixture
def other() -> Branch:
    """That stays."""
    return Branch(2)


def give(branch: Branch, unit: str, amount: int, until: str = "") -> Entry:
    grant = Grant(unit=unit, amount=amount, until=until)
    return branch.book(BookGrant, wallet=W1, why="x", grants=(grant,))


def paid(branch: Branch, amount: int, **more: Any) -> Entry:
    """With what is stored."""
    return sell(branch, line(amount), pays={"stored": amount}, **more)


def posts(branch: Branch) -> dict[str, int]:
    return {account.name: amount for account, amount in branch.done.postings}


def touched(branch: Branch) -> list[tuple[str, str, int]]:
    return [(lot.wallet or branch.done.wallet or "", lot.lot, lot.amount) for lot in branch.done.lots]


# Where the rules allow it


def test_a_fact_is_booked_again_as_the_rules_say_where_they_allow_it(one: Branch, other: Branch) -> None:
    load(one, 50_00)
    sold = paid(one, 20_00)
    load(other, 50_00)
    again = other.again(sold)
    assert dict(again.postings) == dict(sold.postings)
    assert not again.uncovered


def test_it_is_spent_out_of_the_oldest_lot_of_this_branch(one: Branch, other: Branch) -> None:
    loaded = load(one, 50_00)
    sold = paid(one, 20_00)
    older = load(other, 30_00)
    other.again(loaded)
    other.again(sold)
    assert touched(other) == [("w1", older.id, -20_00)]


@pytest.mark.parametrize("kind", ["directive", "rights_back"])
def test_what_moved_rights_is_not_booked_again(one: Branch, kind: str) -> None:
    entry = one.told(Granted(rights=(principal(30_00),)))
    if kind == "rights_back":
        entry = one.book(BookRightsBack, wants=(Want(account=P1, amount=30_00),))
    assert entry.kind == kind
    with pytest.raises(Exception, match="not booked again"):
        posted_again(entry, one)


def test_an_intent_and_its_end_are_facts_too(one: Branch, other: Branch) -> None:
    consumer = one.next_id()
    intent = one.book(BookIntent, what="code_payment", amount=5_00, consumed_by=consumer, wallet=W1)
    ended = one.book(BookIntentEnd, intent=intent.id, end=IntentEnd.UNDONE, evidence="closed")
    other.again(intent)
    assert other.intent(intent.id) is not None
    other.again(ended)
    assert other.intents[intent.id].end is IntentEnd.UNDONE


def test_a_join_is_booked_again(other: Branch) -> None:
    one = Branch(1)
    join = one.book(BookJoin, Private(phone="19000000302"), opens=opening(W2, M2, C2))
    other.again(join)
    assert other.wallets[W2] == Wallet(member=M2)
    assert other.cards[C2].wallet == W2


# Where value is not here any more


def test_what_is_not_covered_here_is_uncovered_in_its_own_unit(one: Branch, other: Branch) -> None:
    load(one, 50_00)
    sold = paid(one, 20_00)
    load(other, 5_00)
    again = other.again(sold)
    assert again.uncovered == ((P1, 15_00),)
    assert (other.of(W1, "principal"), other.site_of("overdraft:w1:principal")) == (0, -15_00)


def test_bonus_is_not_taken_for_what_was_principal_though_the_floor_would_have_allowed_it(
    one: Branch, other: Branch
) -> None:
    load(one, 20_00)
    sold = paid(one, 20_00, floor=FLOOR)
    load(other, 5_00, 10_00)
    again = other.again(sold)
    assert again.uncovered == ((P1, 15_00),)
    assert other.of(W1, "bonus") == 10_00


def test_what_was_uncovered_then_is_covered_as_far_as_value_is_there_now(one: Branch, other: Branch) -> None:
    sold = paid(one, 20_00, floor=FLOOR)
    assert sold.uncovered == ((P1, 20_00),)
    load(other, 5_00)
    assert other.again(sold).uncovered == ((P1, 15_00),)
    nothing = Branch(3)
    assert nothing.again(sold).uncovered == ((P1, 20_00),)
    assert nothing.site_of("overdraft:w1:principal") == -20_00


def closed(branch: Branch) -> None:
    """No cash is taken any more: a sale that was paid with some is refused."""
    branch.book(BookShiftClose, counted=0)


def test_its_own_lots_pay_first_as_far_as_they_go_then_whatever_lies_there(
    one: Branch, other: Branch
) -> None:
    first, _ = load(one, 10), load(one, 10)
    sold = sell(one, line(16), pays={"stored": 15})  # 10 of the first lot and 5 of the second.
    older = load(other, 3)
    other.again(first)
    last = load(other, 9)
    closed(other)
    assert not other.again(sold).uncovered
    assert touched(other) == [("w1", first.id, -10), ("w1", older.id, -3), ("w1", last.id, -2)]


def test_of_its_own_lot_more_is_taken_where_another_of_its_lots_is_not_here(
    one: Branch, other: Branch
) -> None:
    first, second = load(one, 10), load(one, 10)
    sold = sell(one, line(16), pays={"stored": 15})
    older = load(other, 1)
    other.again(second)
    last = load(other, 9)
    closed(other)
    assert not other.again(sold).uncovered
    assert touched(other) == [
        ("w1", second.id, -5),
        ("w1", older.id, -1),
        ("w1", second.id, -5),
        ("w1", last.id, -4),
    ]
    del first


def test_points_beside_lots_pay_too_and_points_that_were_earned_come(one: Branch, other: Branch) -> None:
    lot = give(one, "points:goods", 10, LAST)
    give(one, "points:goods", 10)
    load(one, 40)
    points = (PointsEarned(family="petrol", points=7),)
    sold = sell(one, line(50), pays={"stored": 40, "points": (10, "goods", 15)}, points=points)
    other.again(lot)
    again = other.again(sold)
    assert again.uncovered == ((P1, 40), ("wallet:w1:points:goods", 5))
    assert touched(other) == [("w1", lot.id, -10)]
    assert (other.of(W1, "points:petrol"), other.of(W1, "points:goods")) == (7, 0)


def test_points_that_were_not_covered_come_back_as_points(one: Branch, other: Branch) -> None:
    give(one, "points:goods", 50)
    sold = sell(one, line(500), pays={"points": (500, "goods", 50)})
    assert other.again(sold).uncovered == (("wallet:w1:points:goods", 50),)
    other.book(BookVoid, of=sold.id, why="x")
    assert other.of(W1, "points:goods") == 50


def test_points_paid_and_earned_in_one_sale_and_cashback_too(one: Branch, other: Branch) -> None:
    """What one entry took and gave of a unit is posted as one sum: it took more than that says."""
    give(one, "points:goods", 50)
    give(one, "cashback", 40)
    earned = {"points": (PointsEarned(family="goods", points=20),), "cashback": Cashback(amount=5, since="")}
    pays = {"points": (100, "goods", 20), "cashback": 40}
    sold = sell(one, line(140), pays=pays, coupons=(GIFT,), **earned)
    other.again(sold)
    assert other.done.effects == (GIVEN,)
    assert (other.of(W1, "points:goods"), other.of(W1, "cashback")) == (0, 5)


def test_a_voucher_that_was_paid_with_and_given_in_one_sale_too(one: Branch, other: Branch) -> None:
    """A voucher pays whole: there was as much as it took, and not less by what came."""
    give(one, "voucher:v", 40)
    sold = sell(
        one,
        line(40),
        pays={"voucher": (40, "v", 0)},
        vouchers=(Grant(unit="voucher:v", amount=5),),
        coupons=(GIFT,),
    )
    other.again(sold)
    assert other.done.effects == (GIVEN,)
    assert other.done.uncovered == ((held_by(W1, "voucher:v"), 40),)
    assert other.of(W1, "voucher:v") == 5


def test_a_companys_credit_that_is_not_here_is_uncovered_as_the_companys(one: Branch, other: Branch) -> None:
    one.book(BookFleetFunds, company="haulage", amount=70, paid_by=None)
    sold = sell(one, line(50), pays={"fleet": (50, "haulage", 0)}, wallet=None)
    other.book(BookFleetFunds, company="haulage", amount=20, paid_by=None)
    again = other.again(sold)
    assert again.uncovered == (("company:haulage:credit", 30),)
    assert posts(other) == {
        "site:S1:revenue:fruit": 50,
        "company:haulage:credit": -20,
        "site:S1:overdraft:haulage:credit": -30,
    }
    assert (again.wallet, other.done.effects) == (None, ())
    other.told(Covered(account="company:haulage:credit", amount=30))
    assert other.site_of("overdraft:haulage:credit") == 0


def test_credit_that_was_uncovered_comes_back_to_the_company_when_the_sale_is_voided(
    one: Branch, other: Branch
) -> None:
    one.book(BookFleetFunds, company="haulage", amount=70, paid_by=None)
    sold = sell(one, line(50), pays={"fleet": (50, "haulage", 0)}, wallet=None)
    other.again(sold)
    other.book(BookVoid, of=sold.id, why="x")
    assert other.of("haulage", "credit") == 50


def test_a_company_that_is_called_like_a_merged_wallet_is_another(one: Branch, other: Branch) -> None:
    one.book(BookFleetFunds, company=W1, amount=70, paid_by=None)
    sold = sell(one, line(50), pays={"fleet": (50, W1, 0)}, wallet=None)
    other.with_member(W2, M2)
    other.book(BookMerge, wallet=W1, into=W2)
    assert other.again(sold).uncovered == (("company:w1:credit", 50),)
    other.told(Covered(account="company:w1:credit", amount=50))
    assert other.site_of("overdraft:w1:credit") == 0


def test_what_was_owed_is_owed_again(one: Branch, other: Branch) -> None:
    gift = give(one, "cashback", 30, LAST)
    sell(one, line(20), pays={"cashback": 20})
    undone = one.book(BookVoid, of=gift.id, why="x")
    other.again(undone)  # Of a gift that is not known here.
    assert other.of(W1, "debt:cashback") == -20
    assert other.done.uncovered == ((held_by(W1, "cashback"), 10),)


@pytest.mark.parametrize("amount", [1, 5000])
def test_a_recharge_into_a_drawer_that_is_closed_here_is_a_lot_as_before(
    one: Branch, other: Branch, amount: int
) -> None:
    loaded = load(one, amount)
    closed(other)
    other.again(loaded)
    assert touched(other) == [("w1", loaded.id, amount)]
    assert other.laid[W1, "principal"][loaded.id].paid == amount


# On a branch where wallets were merged


def test_a_fact_is_of_the_wallet_where_its_value_is_now(one: Branch, other: Branch) -> None:
    load(one, 50)
    sold = paid(one, 20, coupons=(GIFT,))
    mine = load(other, 5)
    other.with_member(W2, M2)
    other.book(BookMerge, wallet=W1, into=W2)
    again = other.again(sold)
    assert again.uncovered == (("wallet:w2:principal", 15),)
    assert touched(other) == [("w2", mine.id, -5)]
    assert again.wallet == W2
    assert other.coupon("k9") == (W2, GIFT)
    assert other.of(W2, "coupon:k9") == 1


def test_a_merge_takes_all_that_lies_here_to_where_the_one_that_stays_went(
    one: Branch, other: Branch
) -> None:
    lot = load(one, 20)
    one.with_member(W2, M2)
    merge = one.book(BookMerge, wallet=W1, into=W2, tier="gold")
    here = load(other, 30)
    other.again(lot)
    other.with_member(W2, M2)
    other.with_member(W3, MemberId("m3"))
    other.book(BookMerge, wallet=W2, into=W3)  # What it went into is not there any more.
    again = other.again(merge)
    moved = {("w1", lot.id, -20), ("w1", here.id, -30), ("w3", lot.id, 20), ("w3", here.id, 30)}
    assert set(touched(other)) == moved
    assert (other.of(W1, "principal"), other.of(W3, "principal")) == (0, 50)
    assert (other.wallets[W1].into, again.wallet, again.uncovered) == (W3, W3, ())
    assert (other.wallets[W3].tier, other.cards[C1].wallet) == ("gold", W3)


def test_a_merge_of_what_is_not_here_takes_nothing_beyond_it(one: Branch, other: Branch) -> None:
    load(one, 20)
    one.with_member(W2, M2)
    merge = one.book(BookMerge, wallet=W1, into=W2)
    load(other, 5)
    other.told(Merge(wallet=W2, into=W3))
    again = other.again(merge)
    assert (other.of(W3, "principal"), again.uncovered) == (5, ())
    assert other.wallets[W3].tier == "regular"


def test_two_that_were_merged_the_other_way_round_here_stay_one(one: Branch, other: Branch) -> None:
    load(one, 20)
    one.with_member(W2, M2)
    merge = one.book(BookMerge, wallet=W1, into=W2, tier="gold")
    load(other, 5)
    other.with_member(W2, M2)
    other.book(BookMerge, wallet=W2, into=W1)
    again = other.again(merge)
    assert (again.postings, again.lots, other.done.wallet, other.done.effects) == ((), (), W1, ())
    assert (other.wallets[W1].into, other.wallets[W2].into, other.of(W1, "principal")) == (None, W1, 5)


def test_one_that_went_into_a_third_here_stays_there(one: Branch, other: Branch) -> None:
    """That the three are one person is for headquarters to say: it hears of both."""
    load(one, 20)
    one.with_member(W2, M2)
    merge = one.book(BookMerge, wallet=W1, into=W2, tier="gold")
    load(other, 5)
    other.with_member(W2, M2)
    other.with_member(W3, MemberId("m3"))
    other.book(BookMerge, wallet=W1, into=W3)
    again = other.again(merge)
    assert (again.postings, again.lots, again.uncovered, other.done.effects) == ((), (), (), ())
    assert (other.wallets[W1].into, other.of(W3, "principal"), other.of(W2, "principal")) == (W3, 5, 0)


@pytest.mark.parametrize(("lots", "left"), [(500, 0), (501, 501)])
def test_a_merge_that_one_entry_has_no_room_for_here_takes_what_it_took(
    one: Branch, other: Branch, lots: int, left: int
) -> None:
    """Each that moves is named twice; it is never refused, and what it leaves is counted."""
    mine = load(one, 20)
    one.with_member(W2, M2)
    merge = one.book(BookMerge, wallet=W1, into=W2)
    for _ in range(lots - 1):
        load(other, 1)
    other.again(mine)
    other.told(Merge(wallet=W2, into=W3))
    again = other.again(merge)
    assert len(again.lots) == (1000 if not left else 2)
    assert (other.wallets[W1].into, again.uncovered) == (W3, ())
    assert other.of(W3, "principal") == (20 if left else 519)


def test_a_merge_is_made_again_though_nothing_says_here_whose_the_one_is_that_stays(
    one: Branch, other: Branch
) -> None:
    one.with_member(W2, M2)
    merge = one.book(BookMerge, wallet=W1, into=W2)
    other.told(Merge(wallet=W3, into=W2))
    assert (other.wallets[W1].member, other.wallets[W2].member) == (M1, None)
    other.again(merge)
    assert other.wallets[W1].into == W2


def test_what_went_ahead_of_a_merge_goes_again_as_far_as_it_is_there(one: Branch, other: Branch) -> None:
    lot = load(one, 20)
    one.with_member(W2, M2)
    begins = one.book(BookMergePart, wallet=W1, into=W2, begins=True)
    part = one.book(BookMergePart, wallet=W1, into=W2)
    merge = one.book(BookMerge, wallet=W1, into=W2)
    here = load(other, 30)
    other.again(lot)
    other.told(Merge(wallet=W3, into=W2))  # Nothing says whose W2 is.
    other.again(begins)
    assert [one.wallet for one in begun(other)] == [W1]
    other.again(part)
    assert sorted(touched(other)) == sorted(
        (wallet, one.id, amount)
        for one, n in ((here, 30), (lot, 20))
        for wallet, amount in ((W1, -n), (W2, n))
    )
    other.again(merge)
    assert (other.of(W1, "principal"), other.of(W2, "principal"), begun(other)) == (0, 50, [])


def test_what_went_ahead_of_a_merge_that_is_done_here_goes_nowhere(one: Branch, other: Branch) -> None:
    load(one, 20)
    one.with_member(W2, M2)
    part = one.book(BookMergePart, wallet=W1, into=W2)
    load(other, 5)
    other.with_member(W2, M2)
    other.book(BookMerge, wallet=W1, into=W2)
    again = other.again(part)
    assert (again.postings, again.lots, again.uncovered, other.done.effects) == ((), (), (), ())
    assert other.of(W2, "principal") == 5


def test_what_went_ahead_of_a_merge_and_is_not_here_went_nowhere(one: Branch) -> None:
    one.with_member(W2, M2)
    coupons = (GIFT,)
    one.book(BookGrant, wallet=W1, why="x", coupons=coupons)
    begins = one.book(BookMergePart, wallet=W1, into=W2, begins=True)
    part = one.book(BookMergePart, wallet=W1, into=W2)
    bare = Branch(2, begins=False)
    bare.told(Merge(wallet=W2, into=W3))
    bare.again(begins)
    assert [one.id for one in bare.referring(begun_merges())] == [begins.id]
    again = bare.again(part)
    assert (again.wallet, again.postings, again.uncovered) == (W3, (), ()), "it is not there"
    assert bare.wallet(W1) == Wallet()


def test_somebody_is_forgotten_again_by_a_wallet_that_was_merged_here(one: Branch, other: Branch) -> None:
    erased = one.book(BookErasure, wallet=W1, member=M1)
    other.told(Merge(wallet=W1, into=W2))
    other.again(erased)
    assert other.done.effects == (effects.Erased(member=M1, wallets=(W2,)),)


def test_nobody_is_forgotten_again_while_value_lies_here(one: Branch, other: Branch) -> None:
    erased = one.book(BookErasure, wallet=W1, member=M1)
    load(other, 5)
    other.again(erased)
    assert (other.done.effects, other.wallets[W1].member) == ((), M1)


def test_a_void_is_of_the_wallet_that_the_entry_it_undid_was_of(one: Branch, other: Branch) -> None:
    lot = load(one, 50)
    sold = paid(one, 20)
    voided = one.book(BookVoid, of=sold.id, why="x")
    again = other.again(voided)
    assert (again.wallet, again.uncovered) == (W1, ())
    assert touched(other) == [("w1", lot.id, 20)]


# What a fact did beside value it does again


def test_a_coupon_given_with_a_sale_that_is_not_covered_can_be_used(one: Branch, other: Branch) -> None:
    load(one, 50)
    other.again(paid(one, 20, coupons=(GIFT,)))
    assert other.done.effects == (GIVEN,)
    sell(other, line(700, off=300), coupons_used=("k9",))
    assert other.of(W1, "coupon:k9") == 0


def test_a_coupon_that_is_known_here_is_not_given_twice(one: Branch, other: Branch) -> None:
    load(one, 50)
    sold = paid(one, 20, coupons=(GIFT,))
    other.book(BookGrant, wallet=W1, why="x", grants=(), coupons=(replace(GIFT, face=1),))
    sell(other, line(700, off=300), coupons_used=("k9",))
    other.again(sold)
    assert other.done.effects == ()
    assert other.coupons["k9"][1].face == 1


def refunded_on_both(one: Branch, other: Branch) -> Entry:
    """A sale with a coupon, of which all came back on both branches: the second time."""
    used = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    given = one.book(BookGrant, wallet=W1, why="x", grants=(), coupons=(used,))
    sold = sell(one, line(700, off=300), coupons_used=("k1",))
    whole = {"of": sold.id, "returned": (Returned(line=0, net=700),), "why": "sour"}
    undone = one.book(BookRefund, **whole)
    other.again(given)
    other.again(sold)
    other.book(BookRefund, **whole)
    return undone


def test_a_coupon_that_came_back_on_both_branches_is_one(one: Branch, other: Branch) -> None:
    """Or no file would take it, and the chain would never be healed."""
    undone = refunded_on_both(one, other)
    assert other.of(W1, "coupon:k1") == 1
    again = other.again(undone)
    assert again.uncovered == ()
    assert not [name for name in posts(other) if "coupon" in name]
    assert other.of(W1, "coupon:k1") == 1


def test_a_coupon_that_came_back_and_was_used_since_is_claimed_back(one: Branch, other: Branch) -> None:
    undone = refunded_on_both(one, other)
    sell(other, line(700, off=300), coupons_used=("k1",))
    again = other.again(undone)
    assert again.uncovered == ((held_by(W1, "coupon:k1").name, 1),)
    assert other.of(W1, "coupon:k1") == 1


def test_a_coupon_spent_on_both_branches_is_owed_once(one: Branch, other: Branch) -> None:
    used = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    one.book(BookGrant, wallet=W1, why="x", grants=(), coupons=(used,))
    sold = sell(one, line(700, off=300), coupons_used=("k1",), coupons=(GIFT,))
    assert other.again(sold).uncovered == (("wallet:w1:coupon:k1", 1),)
    assert other.site_of("overdraft:w1:coupon:k1") == -1
    assert other.done.effects == (GIVEN,)


def test_a_fork_of_a_fork_comes_to_the_same(one: Branch, other: Branch) -> None:
    """What was beyond the rights held once is so again, unit by unit."""
    used = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    one.book(BookGrant, wallet=W1, why="x", grants=(), coupons=(used,))
    load(one, 40)
    sell(one, line(1000, sells=Sells(unit=WASH, amount=7)))
    lines = (line(700, off=300), line(90))
    pays = {"stored": 40, "uses": (90, WASH, 2)}
    sold = sell(one, *lines, pays=pays, coupons_used=("k1",), coupons=(GIFT,))
    beyond = ((P1, 40), (f"wallet:w1:{WASH}", 2), ("wallet:w1:coupon:k1", 1))
    again = other.again(sold)
    assert sorted(again.uncovered) == sorted(beyond)
    third = Branch(3)
    once_more = third.again(again)
    assert sorted(once_more.uncovered) == sorted(beyond)
    assert sorted(once_more.postings) == sorted(again.postings)
    assert third.done.effects == (GIVEN,)


def test_a_voucher_and_bonus_in_proportion_paid_for_what_came_with_them(one: Branch, other: Branch) -> None:
    load(one, 20)
    give(one, "voucher:v1", 15)
    pays = {"voucher": (15, "v1", 0), "stored": 20}
    sold = sell(one, line(35), pays=pays, spend_order=SpendOrder.PROPORTIONAL, coupons=(GIFT,))
    assert other.again(sold).uncovered == (("wallet:w1:voucher:v1", 15), (P1, 20))
    assert other.done.effects == (GIVEN,)


def test_more_of_a_voucher_may_lie_here_than_the_sale_took(one: Branch, other: Branch) -> None:
    load(one, 20)
    taken = give(one, "voucher:v1", 15)
    sold = sell(one, line(35), pays={"voucher": (15, "v1", 0), "stored": 20}, coupons=(GIFT,))
    give(other, "voucher:v1", 40)
    other.again(taken)
    assert other.again(sold).uncovered == ((P1, 20),)
    assert other.done.effects == (GIVEN,)
    assert other.of(W1, "voucher:v1") == 40


def test_a_wallet_that_began_with_a_fact_begins_with_it_again(one: Branch, other: Branch) -> None:
    opens = opening(W2, None, C2)
    fields = {"wallet": W2, "card": C2, "principal": 100, "bonus": 0, "received": 100}
    begun = one.book(BookRecharge, opens=opens, **fields)
    closed(other)
    other.again(begun)
    assert other.done.effects == (
        effects.WalletOpened(wallet=W2, member=None),
        effects.CardAdded(card=C2, wallet=W2),
        effects.KeysAdded(wallet=W2, card=C2),
    )
    assert other.cards[C2].wallet == W2


@pytest.mark.parametrize("known", ["the wallet", "the card"])
def test_a_wallet_or_card_that_is_here_does_not_begin_again(one: Branch, other: Branch, known: str) -> None:
    fields = {"card": C2, "principal": 100, "bonus": 0, "received": 100}
    begun = one.book(BookRecharge, opens=opening(W2, None, C2), wallet=W2, **fields)
    if known == "the wallet":
        other.with_member(W2, M2)
    else:
        other.with_member(W3, M2, C2)
    other.again(begun)
    assert other.done.effects == ()
    assert other.of(W2, "principal") == 100
    assert C2 not in other.cards if known == "the wallet" else other.cards[C2].wallet == W3


@pytest.mark.parametrize("member", [None, M2])
def test_a_wallet_whose_merge_was_heard_of_first_begins_as_who_it_was_merged_into(
    one: Branch, other: Branch, member: MemberId | None
) -> None:
    opens = replace(opening(W2, member, C2), coupons=(GIFT,))
    fields = {"wallet": W2, "card": C2, "principal": 100, "bonus": 0, "received": 100}
    begun = one.book(BookRecharge, Private(phone="19000000302"), opens=opens, **fields)
    closed(other)
    other.told(Merge(wallet=W2, into=W1))
    other.again(begun)
    learnt = (effects.HolderLearnt(wallet=W2, member=M2),) if member else ()
    kept = (effects.ProfileKept(member=M2, wallet=W2),) if member else ()
    assert other.done.effects == (
        *learnt,
        effects.CardAdded(card=C2, wallet=W1),
        effects.KeysAdded(wallet=W1, card=C2),
        *kept,
        GIVEN,
    )
    assert other.wallets[W2] == Wallet(member=member, into=W1)
    assert other.of(W2, "coupon:k9") == other.of(W2, "principal") == 0
    assert (other.of(W1, "coupon:k9"), other.of(W1, "principal")) == (1, 100)
    other.again(paid(one, 20, floor=FLOOR))


def test_a_wallet_of_nobody_known_that_came_with_a_grant_does_not_begin_again(
    one: Branch, other: Branch
) -> None:
    begun = one.book(BookJoin, Private(phone="19000000302"), opens=opening(W2, M2, C2))
    other.told(Granted(rights=(Right(account=f"wallet:{W2}:points:goods", amount=5),)))
    other.again(begun)
    assert other.done.effects == ()
    assert other.wallets[W2] == Wallet()


def test_a_wallet_that_was_here_and_was_merged_does_not_begin_again(one: Branch, other: Branch) -> None:
    begun = one.book(BookJoin, Private(phone="19000000302"), opens=opening(W2, M2, C2))
    other.with_member(W2, M2)
    other.told(Merge(wallet=W2, into=W1))
    other.again(begun)
    assert other.done.effects == ()


def test_a_wallet_that_had_come_with_a_grant_begins_with_the_first_fact_of_it(one: Branch) -> None:
    sold = paid(one, 20, floor=FLOOR, coupons=(GIFT,))
    bare = Branch(2, begins=False)
    bare.again(sold)
    assert bare.done.effects == (effects.WalletOpened(wallet=W1, member=None), GIVEN)
    assert bare.wallets[W1] == Wallet()
    sell(bare, line(700, off=300), coupons_used=("k9",))


def test_somebody_without_a_wallet_is_forgotten_again_before_their_data_are_here(one: Branch) -> None:
    one.book(BookTransfer, Private(name="李"), wallet=W1, card=None, to=M2, commitment="", terms="1")
    erased = one.book(BookErasure, wallet=W1, member=M1)
    bare = Branch(2, begins=False)
    bare.told(Merge(wallet=W1, into=W2))
    bare.again(erased)
    assert bare.done.effects == (effects.Erased(member=M1, wallets=()),)


def test_a_wallet_that_was_given_away_is_so_though_a_merge_of_it_was_begun_here(
    one: Branch, other: Branch
) -> None:
    away = one.book(BookTransfer, Private(name="李"), wallet=W1, card=None, to=M2, commitment="", terms="1")
    other.with_member(W2, MemberId("m3"))
    other.book(BookMergePart, wallet=W1, into=W2, begins=True)
    other.again(away)
    known = other.wallet(W1)
    assert known is not None
    assert known.member == M2


def test_a_tier_is_set_on_the_wallet_that_is_left(one: Branch, other: Branch) -> None:
    tier = one.book(BookTier, wallet=W1, tier="gold", why="x")
    other.with_member(W2, M2)
    other.book(BookMerge, wallet=W1, into=W2)
    other.again(tier)
    assert other.wallets[W2].tier == "gold"


def test_a_sale_with_a_card_that_is_not_known_or_not_active_here(one: Branch, other: Branch) -> None:
    load(one, 50)
    like = paid(one, 20).payload
    sold = one.keep_command(replace(like, id=one.next_id(), card=C1, coupons=(GIFT,)))
    bare = Branch(3, begins=False)
    bare.with_member(W1, M1)
    for branch in (bare, other):
        if branch is other:
            branch.book(BookCardState, card=C1, state=CardState.LOST)
        assert branch.again(sold).uncovered == ((P1, 20),)
        assert branch.done.effects == (GIVEN,)


@pytest.mark.parametrize("here", [CardState.EXPIRED, CardState.CANCELLED])
def test_a_card_becomes_what_it_became_whatever_it_is_here(
    one: Branch, other: Branch, here: CardState
) -> None:
    lost = one.book(BookCardState, card=C1, state=CardState.LOST)
    other.book(BookCardState, card=C1, state=here)
    other.again(lost)
    assert other.done.effects == (effects.CardChanged(card=C1, state=CardState.LOST),)


@pytest.mark.parametrize("here", [0, 30])
def test_a_card_of_nobody_that_was_cancelled_is_so_in_a_chain_and_with_value_on_it_here(
    one: Branch, other: Branch, here: int
) -> None:
    """Where it was booked there was no other shop, and nothing on it."""
    one.with_headquarters = False
    issued = one.book(BookIssue, opens=opening(W2, None, C2))
    gone = one.book(BookCardState, card=C2, state=CardState.CANCELLED)
    other.again(issued)
    if here:
        other.book(BookRecharge, wallet=W2, card=C2, principal=here, bonus=0, received=here)
    other.again(gone)
    assert other.done.effects == (
        effects.CardChanged(card=C2, state=CardState.CANCELLED),
        effects.KeysDropped(wallet=W2, card=C2),
    )


def test_a_card_that_is_not_known_here_becomes_nothing(one: Branch) -> None:
    frozen = one.book(BookCardState, card=C1, state=CardState.FROZEN)
    nowhere = Branch(3, begins=False)
    nowhere.again(frozen)
    assert nowhere.done.effects == ()


def test_one_more_card_leads_to_the_wallet_that_is_left(one: Branch, other: Branch) -> None:
    card = one.book(BookCard, wallet=W1, card=C2)
    other.with_member(W2, M2)
    other.book(BookMerge, wallet=W1, into=W2)
    other.again(card)
    assert other.cards[C2].wallet == W2


def test_an_invoice_is_noted_on_the_lot_of_the_wallet_that_is_left(one: Branch, other: Branch) -> None:
    lot = load(one, 50)
    invoice = one.book(BookInvoice, wallet=W1, lot=lot.id, number="17")
    other.again(lot)
    other.with_member(W2, M2)
    other.book(BookMerge, wallet=W1, into=W2)
    other.again(invoice)
    assert other.laid[W2, "principal"][lot.id].invoice == "17"


def test_an_invoice_of_a_lot_that_is_not_known_here_is_noted_nowhere(one: Branch, other: Branch) -> None:
    lot = load(one, 50)
    other.again(one.book(BookInvoice, wallet=W1, lot=lot.id, number="17"))
    assert other.done.effects == (effects.Refers(of=lot.id),)


def test_an_invoice_is_noted_again_though_its_recharge_was_paid_back_on_this_branch(
    one: Branch, other: Branch
) -> None:
    """It is written: without its mark it would be written a second time."""
    lot = load(one, 50)
    invoice = one.book(BookInvoice, wallet=W1, lot=lot.id, number="17")
    other.again(lot)
    other.with_member(W2, M2)
    other.book(BookMerge, wallet=W1, into=W2)
    other.book(BookRechargeRefund, wallet=W2, lot=lot.id, reason=RechargeRefundReason.COOLING_OFF)
    other.again(invoice)
    assert other.laid[W2, "principal"][lot.id].invoice == "17"
    assert other.done.effects[-1] == effects.Refers(of=lot.id)


def test_a_recharge_that_was_all_spent_is_paid_back_again_where_it_is_not_known(
    one: Branch, other: Branch
) -> None:
    """Nothing went with it; that it was paid back must be known when some of it comes here later."""
    lot = load(one, 50)
    sell(one, line(50), pays={"stored": 50})
    reason = RechargeRefundReason.COOLING_OFF
    other.again(one.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason))
    assert other.done.postings == ()
    assert other.done.effects == (effects.Refers(of=lot.id),)


def test_an_invoice_at_use_is_noted_again_though_its_sale_was_paid_from_another_lot(
    one: Branch, other: Branch
) -> None:
    lot = load(one, 50)
    sale = sell(one, line(20), pays={"stored": 20})
    at_use = {"wallet": W1, "lot": sale.id, "amount": 20, "lots": (lot.id,)}
    invoice = one.book(BookInvoice, **at_use, number="17")
    one.book(BookInvoice, wallet=W1, lot=sale.id, number="18", red="17")
    other.again(invoice)
    assert other.done.effects == (effects.Refers(of=sale.id),)
    other.again(lot)
    invoice = one.book(BookInvoice, **at_use, number="19")
    red = one.book(BookInvoice, wallet=W1, lot=sale.id, number="20", red="19")
    other.again(invoice)
    assert other.laid[W1, "principal"][lot.id].invoice == "at use"
    other.again(red)
    assert other.laid[W1, "principal"][lot.id].invoice == "at use"


def test_a_card_that_took_the_place_of_another_does_so_again(one: Branch, other: Branch) -> None:
    card = one.book(BookCard, wallet=W1, card=C2, replaces=C1)
    other.book(BookCardState, card=C1, state=CardState.CANCELLED)
    other.again(card)
    assert (other.cards[C1].state, other.cards[C2].wallet) == (CardState.REPLACED, W1)


def test_a_card_of_uses_that_was_bought_with_another_of_its_kind(one: Branch, other: Branch) -> None:
    give(one, WASH, 15)
    lines = (line(15, sells=Sells(unit=WASH, amount=20)),)
    other.again(sell(one, *lines, pays={"uses": (15, WASH, 15)}, coupons=(GIFT,)))
    assert other.done.effects == (GIVEN,)


def test_a_recharge_that_was_voided_is_not_voided_twice(one: Branch, other: Branch) -> None:
    lot = load(one, 50)
    voided = one.book(BookVoid, of=lot.id, why="x")
    other.again(lot)
    paid(other, 30)
    other.again(voided)
    assert other.done.effects == (effects.Refers(of=lot.id),)
    assert other.done.uncovered == ((held_by(W1, "principal"), 30),)


def test_a_use_that_came_back_does_not_come_back_twice(one: Branch, other: Branch) -> None:
    """Though the card of uses that it was of is not known here."""
    sell(one, line(1000, sells=Sells(unit=WASH, amount=7)))
    use = sell(one, line(90), pays={"uses": (90, WASH, 2)})
    back = one.book(BookRefund, of=use.id, returned=(Returned(line=0, net=90),), why="not done")
    other.again(use)
    other.again(back)
    assert other.done.effects == (effects.Refers(of=use.id),)
    assert other.laid[W1, WASH] == {back.id: Lot(lot=back.id, rest=2, laid=2)}


def test_a_use_comes_back_though_its_lot_is_not_known_here(one: Branch, other: Branch) -> None:
    card = sell(one, line(1000, sells=Sells(unit=WASH, amount=7)))
    use = sell(one, line(90), pays={"uses": (90, WASH, 2)})
    back = one.book(BookRefund, of=use.id, returned=(Returned(line=0, net=90),), why="not done")
    other.told(Granted(sales=(SaleRight(sale=use.id, entry=encoded(use)),)))
    other.again(back)
    assert other.done.effects == (effects.Refers(of=use.id),)
    assert touched(other) == [("w1", card.id, 2)]


@pytest.mark.parametrize(("unit", "pays"), [("cashback", 40), ("voucher:v1", (40, "v1", 0))])
def test_what_was_spent_beyond_comes_back_as_a_lot_piece_by_piece(
    one: Branch, other: Branch, unit: str, pays: Any
) -> None:
    give(one, unit, 40)
    sold = sell(one, line(40), pays={unit.partition(":")[0]: pays})
    if unit == "cashback":
        other.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=14),))
    here = lots(other).get((W1, unit), [])
    other.again(sold)
    first = other.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=15),), why="sour")
    second = other.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=25),), why="sour")
    own = [(first.id, 1), (second.id, 25)] if here else [(first.id, 15), (second.id, 25)]
    assert lots(other)[W1, unit] == [*here, *own]


IN_CASH: dict[str, Any] = {"reason": RechargeRefundReason.MEMBER, "in_cash": True, "agreed": 50}


@pytest.mark.parametrize("known", [True, False])
def test_a_recharge_that_was_paid_back_is_not_paid_back_twice(
    one: Branch,
    other: Branch,
    known: bool,  # noqa: FBT001
) -> None:
    lot = load(one, 50, 5)
    back = one.book(BookRechargeRefund, wallet=W1, lot=lot.id, **IN_CASH)
    if known:
        other.again(lot)
        paid(other, 30)
    closed(other)
    other.again(back)
    assert other.done.effects == (effects.Refers(of=lot.id),)
    beyond = {P1: 30} if known else {P1: 50, "wallet:w1:bonus": 5}
    assert {account.name: amount for account, amount in other.done.uncovered} == beyond
    other.in_shift("late")
    with pytest.raises(NotBookable):
        other.book(BookRechargeRefund, wallet=W1, lot=lot.id, **IN_CASH)


def test_what_came_back_to_a_recharge_after_it_was_paid_back_is_paid_back_again_as_it_lay_there(
    one: Branch, other: Branch
) -> None:
    """It was no more than may be paid in cash, for most of the recharge was spent and paid out before."""
    lot = load(one, 500_00)
    sold = paid(one, 450_00)
    spent: dict[str, Any] = {"reason": RechargeRefundReason.MEMBER, "in_cash": True, "listed": 450_00}
    first = one.book(BookRechargeRefund, wallet=W1, lot=lot.id, **spent)
    returned(one, sold, 30_00)
    again = one.book(BookRechargeRefund, wallet=W1, lot=lot.id, **{**spent, "listed": 0})
    for fact in (lot, sold, first, again):
        other.again(fact)
    assert other.done.effects == (effects.Refers(of=lot.id),)


def test_a_refund_is_booked_though_the_right_to_it_went_elsewhere(one: Branch, other: Branch) -> None:
    lot = load(one, 50)
    sold = paid(one, 20)
    back = one.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=20),), why="sour")
    other.again(lot)
    other.again(sold)
    other.told(Release(sales=(sold.id,)))
    other.again(back)
    assert other.done.effects == (effects.Refers(of=sold.id),)
    assert touched(other) == [("w1", lot.id, 20)]
    assert dict(back.postings).items() <= posts(other).items()
    assert posts(other).items() - dict(back.postings).items() == {(OWED, -20), (COMPENSATION, 20)}
    assert other.done.uncovered == ((held_by(W1, "principal"), 20),)


OWED = "site:S1:overdraft:w1:principal"
COMPENSATION = "site:S1:refund_compensation"


MUG = PointsEarned(family="goods", points=500)


def returned(branch: Branch, sold: Entry, *parts: int) -> Entry:
    """So much of each line."""
    lines = tuple(Returned(line=at, net=net) for at, net in enumerate(parts) if net)
    return branch.book(BookRefund, of=sold.id, returned=lines, why="sour")


@pytest.mark.parametrize(
    ("first", "second", "owed"),
    [
        ((30, 0), (30, 0), 30),
        ((20, 0), (20, 0), 10),
        ((20, 9), (20, 7), 16),
        ((30, 10), (1, 3), 4),
        ((20, 0), (20, 5), 10),
        ((30, 10), (1, 0), 1),
        ((10, 0), (20, 0), 0),
        ((30, 0), (0, 10), 0),
    ],
)
def test_what_came_back_on_both_branches_is_owed_as_far_as_it_is_more_than_was_sold(
    one: Branch, other: Branch, first: tuple[int, int], second: tuple[int, int], owed: int
) -> None:
    lot = load(one, 50)
    sold = sell(one, line(30), line(10), pays={"stored": 40})
    back = returned(one, sold, *second)
    other.again(lot)
    other.again(sold)
    returned(other, sold, *first)
    other.again(back)
    assert posts(other).get(OWED, 0) == -owed
    assert posts(other).get(COMPENSATION, 0) == owed
    assert posts(other)[P1] == sum(second)


@pytest.mark.parametrize("voids", ["one", "other", "both"])
def test_a_void_brings_back_the_whole(one: Branch, other: Branch, voids: str) -> None:
    lot = load(one, 50)
    sold = paid(one, 30)
    here = one.book(BookVoid, of=sold.id, why="x") if voids != "other" else returned(one, sold, 12)
    other.again(lot)
    other.again(sold)
    if voids == "one":
        returned(other, sold, 12)
    else:
        other.book(BookVoid, of=sold.id, why="x")
    other.again(here)
    assert posts(other)[OWED] == {"one": -12, "other": -12, "both": -30}[voids]


def test_what_was_refused_for_another_reason_is_owed_by_nobody(one: Branch, other: Branch) -> None:
    sold = sell(one, line(30))
    back = returned(one, sold, 30)
    other.again(sold)
    closed(other)
    other.again(back)
    assert other.done.uncovered == ()
    assert COMPENSATION not in posts(other)


def test_what_was_refused_for_another_reason_after_a_part_came_back_is_owed_by_nobody(
    one: Branch, other: Branch
) -> None:
    lot = load(one, 50)
    sold = sell(one, line(30), pays={"stored": 10})
    back = returned(one, sold, 10)
    other.again(lot)
    other.again(sold)
    returned(other, sold, 5)
    closed(other)
    other.again(back)
    assert posts(other)[P1] == 3
    assert other.done.uncovered == ()


def test_of_what_was_paid_in_two_ways_only_value_is_owed_and_rather_a_fen_too_much(
    one: Branch, other: Branch
) -> None:
    lot = load(one, 50)
    sold = sell(one, line(30), pays={"stored": 10})
    back = returned(one, sold, 20)
    other.again(lot)
    other.again(sold)
    returned(other, sold, 15)
    other.again(back)
    came = posts(other)[P1]
    assert came == 7
    assert posts(other)[OWED] == -2  # 5 of the 20 came back twice: 1.75 of 7.


def test_points_that_came_back_twice_are_owed_as_points(one: Branch, other: Branch) -> None:
    given = give(one, "points:goods", 500)
    sold = sell(one, line(5), pays={"points": (5, "goods", 500)})
    back = returned(one, sold, 5)
    other.again(given)
    other.again(sold)
    returned(other, sold, 5)
    other.again(back)
    assert [(account.name, amount) for account, amount in other.done.uncovered] == [
        ("wallet:w1:points:goods", 500)
    ]
    assert COMPENSATION not in posts(other)


def test_what_was_given_for_points_and_undone_on_both_branches_is_owed(one: Branch, other: Branch) -> None:
    given = give(one, "points:goods", 500)
    swapped = one.book(BookRedeem, wallet=W1, card=None, points=MUG, what="mug", worth=900)
    back = one.book(BookReversal, of=swapped.id, why="x")
    other.again(given)
    other.again(swapped)
    other.book(BookReversal, of=swapped.id, why="x")
    other.again(back)
    assert [amount for _, amount in other.done.uncovered] == [500]


def test_what_was_given_for_points_where_nobody_knows_of_it_is_owed_by_nobody(
    one: Branch, other: Branch
) -> None:
    give(one, "points:goods", 500)
    swapped = one.book(BookRedeem, wallet=W1, card=None, points=MUG, what="mug", worth=900)
    other.again(one.book(BookReversal, of=swapped.id, why="x"))
    assert other.done.uncovered == ()


def test_pieces_that_came_back_for_nothing_are_owed_by_nobody(one: Branch, other: Branch) -> None:
    sold = sell(one, replace(line(30), quantity=3))
    back = one.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=0, quantity=1),), why="sour")
    other.again(sold)
    other.book(BookVoid, of=sold.id, why="x")
    other.again(back)
    assert other.done.uncovered == ()


def test_what_was_owed_for_it_is_not_owed_twice_after_a_fork_of_a_fork(one: Branch, other: Branch) -> None:
    lot = load(one, 50)
    sold = paid(one, 20)
    back = returned(one, sold, 20)
    third = Branch(3)
    for branch in (other, third):
        branch.again(lot)
        branch.again(sold)
        returned(branch, sold, 20)
    owing = other.again(back)
    assert third.again(owing).uncovered == ()
    assert posts(third).get(P1, 0) == 0


def test_a_fill_that_was_settled_is_settled_again(one: Branch, other: Branch) -> None:
    lot = load(one, 50)
    hold = one.book(BookHold, wallet=W1, card=None, amount=30, for_what="pump:1")
    fill = sell(one, line(10), pays={"held": (10, hold.id, 0)})
    for entry in (lot, hold, fill):
        other.again(entry)
    assert (other.of(W1, "principal"), other.of(W1, f"held:{hold.id}")) == (40, 0)
    assert lots(other) == lots(one)


@pytest.mark.parametrize("there", [0, 29, 30])
@pytest.mark.parametrize("used", [1, 29, 30])
def test_a_fill_is_settled_again_where_less_lay_than_it_held(
    one: Branch, other: Branch, there: int, used: int
) -> None:
    lot = load(one, 50)
    hold = one.book(BookHold, wallet=W1, card=None, amount=30, for_what="pump:1")
    fill = sell(one, line(used), pays={"held": (used, hold.id, 0)})
    other.again(lot)
    paid(other, 50 - there)
    other.again(hold)
    other.again(fill)
    assert (other.of(W1, "principal"), other.of(W1, f"held:{hold.id}")) == (30 - used, 0)
    assert other.site_of("overdraft:w1:principal") == there - 30


def test_a_fill_that_held_what_lay_nowhere_is_paid_with_all_of_it_or_refused(
    one: Branch, other: Branch
) -> None:
    lot = load(one, 50)
    hold = one.book(BookHold, wallet=W1, card=None, amount=30, for_what="pump:1")
    other.again(lot)
    paid(other, 50)
    other.again(hold)
    with pytest.raises(InsufficientFunds):
        sell(other, line(29), pays={"held": (29, hold.id, 0)})
    sell(other, line(30), pays={"held": (30, hold.id, 0)})
    assert other.of(W1, f"held:{hold.id}") == 0


def test_a_deposit_that_was_not_here_comes_back_as_one(one: Branch, other: Branch) -> None:
    fields = {"wallet": W1, "card": None, "of": "session:9", "amount": 300, "received": 300}
    one.book(BookDeposit, **fields)
    sold = sell(one, line(300), pays={"deposit": (300, "session:9", 0)})
    assert other.again(sold).uncovered == (("wallet:w1:deposit:session:9", 300),)
    other.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=300),), why="sour")
    assert (touched(other), other.of(W1, "deposit:session:9")) == ([], 300)


def test_what_was_spent_beyond_before_a_merge_is_covered_after_it(one: Branch, other: Branch) -> None:
    load(one, 50)
    other.again(paid(one, 20))
    other.with_member(W2, M2)
    other.book(BookMerge, wallet=W1, into=W2)
    other.told(Covered(account=P1, amount=20))
    assert other.site_of("overdraft:w1:principal") == other.site_of("overdraft:w2:principal") == 0


def test_a_recharge_that_was_paid_back_better_than_by_the_rule_is_paid_back_again_of_what_was_paid_in(
    one: Branch, other: Branch
) -> None:
    """Its lot is known here, and nobody knows here what of it was spent: more was, than is held."""
    loaded = load(one, 100_00)
    paid(one, 40_00)
    back = one.book(
        BookRechargeRefund,
        wallet=W1,
        lot=loaded.id,
        reason=RechargeRefundReason.MEMBER,
        listed=40_00,
        agreed=80_00,
    )
    assert effects.Refers(of=loaded.id) in one.done.effects
    other.again(loaded)
    paid(other, 110_00, floor=FLOOR)
    with pytest.raises(PartElsewhere):
        posted(back.payload, other)
    other.again(back)
    assert effects.Refers(of=loaded.id) in other.done.effects
