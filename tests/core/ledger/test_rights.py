"""What headquarters grants, takes and covers, on the ledger of a site; and facts booked on another branch."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.accounts import held_by, issued, overdraft
from terminal.core.canonical import encoded
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookDirective,
    BookGrant,
    BookGuest,
    BookMerge,
    BookRecharge,
    BookRefund,
    BookRightsBack,
    BookSale,
    BookVoid,
    CardState,
    CouponGrant,
    Returned,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.commands import Grant as Given
from terminal.core.directives import (
    Activate,
    CardStanding,
    Covered,
    Directed,
    Directive,
    Grant,
    KeyTrusted,
    KeyUse,
    Merge,
    Release,
    TierSet,
)
from terminal.core.entry import Entry
from terminal.core.errors import CouponNotUsable, HeldElsewhere, InsufficientFunds, NotBookable
from terminal.core.ledger import posted
from terminal.core.ledger.effects import FeedRead, WalletOpened
from terminal.core.rights import Floor, LotPart, LotTerms, Right, SaleRight, Want
from terminal.core.values import CardId, MemberId, WalletId
from tests.core.ledger.book import C1, M1, M2, W1, W2, Book

P1 = "wallet:w1:principal"
FLOOR = Floor(wallet=100_00, site=1_000_00)


class Site(Book):
    def __init__(self) -> None:
        super().__init__()
        self.m = 0

    def told(self, directive: Directive, *keeps: Want) -> Entry:
        self.m += 1
        where = Directed(hq_epoch=1, m=self.m)
        return self.book(BookDirective, directed=where, directive=directive, keeps=keeps)

    def recharge(self, principal: int, bonus: int = 0) -> Entry:
        return self.book(
            BookRecharge, wallet=W1, card=C1, principal=principal, bonus=bonus, received=principal
        )

    def book_open(self, wallet: WalletId, open_here: dict[str, int]) -> None:
        """As facts that were booked again left it."""
        for unit, amount in open_here.items():
            account = overdraft(self.site, held_by(wallet, unit))
            other = issued(self.site, unit)
            self.balances[account], self.balances[other] = amount, -amount

    def sale(self, due: int, floor: Floor | None = None, wallet: WalletId = W1) -> Entry:
        line = SaleLine(
            sku="A", name="Apple", category="fruit", quantity=1, unit_price=due, gross=due, net=due
        )
        return self.book(
            BookSale,
            wallet=wallet,
            card=None,
            lines=(line,),
            due=due,
            tenders=(Tender(kind=TenderKind.STORED, amount=due),),
            floor=floor,
        )


def principal(amount: int, lot: str = "lot-1", laid: int = 0) -> Right:
    terms = LotTerms(unit="principal", lot=lot, laid=laid or amount, paid=laid or amount)
    return Right(account=P1, amount=amount, lots=(LotPart(terms=terms, amount=amount),))


@pytest.fixture
def site() -> Site:
    site = Site()
    site.with_card()
    return site


# Rights that come and go


def test_the_oldest_lots_go_first_and_the_last_of_them_in_part(site: Site) -> None:
    first, second, third = site.recharge(10_00), site.recharge(10_00), site.recharge(10_00)
    site.book(BookRightsBack, wants=(Want(account=P1, amount=15_00),))
    assert [(lot.lot, lot.amount) for lot in site.done.lots] == [(first.id, -10_00), (second.id, -5_00)]
    assert [(lot.lot, lot.rest) for lot in site.lots(W1, "principal")] == [
        (second.id, 5_00),
        (third.id, 10_00),
    ]


def test_what_was_uncovered_comes_back_as_a_lot_that_was_paid_for(site: Site) -> None:
    for undo in ("void", "refund"):
        sale = site.sale(30_00, FLOOR)
        if undo == "void":
            site.book(BookVoid, of=sale.id, why="x")
        else:
            site.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=30_00),), why="x")
        (lot,) = site.done.lots
        assert (lot.unit, lot.amount, lot.paid) == ("principal", 30_00, 30_00)
        site.sale(30_00)


def test_a_grant_puts_value_on_the_wallet_with_its_lots(site: Site) -> None:
    entry = site.told(Grant(rights=(principal(30_00, laid=100_00),)))
    assert dict(entry.postings) == {P1: 30_00, "site:S1:rights:principal": -30_00}
    (lot,) = site.lots(W1, "principal")
    assert (lot.lot, lot.rest, lot.laid, lot.paid) == ("lot-1", 30_00, 100_00, 100_00)
    assert site.fed == (1, 1)


def test_a_grant_to_a_wallet_that_is_not_known_here_begins_it() -> None:
    site = Site()
    site.told(Grant(rights=(principal(30_00),), member=M1, tier="gold"))
    known = site.wallet(W1)
    assert known is not None
    assert (known.member, known.tier) == (M1, "gold")
    site.sale(30_00)
    assert site.of("w1", "principal") == 0


def test_a_right_comes_with_its_lots_or_not_at_all(site: Site) -> None:
    with pytest.raises(NotBookable):
        site.told(Grant(rights=(replace(principal(30_00), lots=()),)))
    with pytest.raises(NotBookable):
        site.told(Grant(rights=(replace(principal(30_00), amount=40_00),)))
    with pytest.raises(NotBookable):
        site.told(Grant(rights=(replace(principal(30_00), account="site:S1:drawer:early"),)))


def test_a_release_gives_what_is_held_and_no_more(site: Site) -> None:
    site.recharge(50_00)
    entry = site.told(Release(wants=(Want(account=P1, amount=80_00),)))
    assert dict(entry.postings) == {P1: -50_00, "site:S1:rights:principal": 50_00}
    nothing = site.told(Release(wants=(Want(account=P1, amount=80_00),)))
    assert nothing.postings == ()  # It is still applied, once, and says so.
    assert site.fed == (1, 2)


def test_what_an_open_ask_waits_for_is_not_released(site: Site) -> None:
    site.recharge(50_00)
    site.told(Release(wants=(Want(account=P1, amount=50_00),)), Want(account=P1, amount=20_00))
    assert site.of("w1", "principal") == 20_00


def test_uses_go_by_whole_lots(site: Site) -> None:
    uses = LotTerms(unit="count:haircut", lot="ten", laid=10, paid=300_00)
    right = Right(account="wallet:w1:count:haircut", amount=7, lots=(LotPart(terms=uses, amount=7),))
    site.told(Grant(rights=(right,)))
    site.told(Release(wants=(Want(account="wallet:w1:count:haircut", amount=1),)))
    assert site.of("w1", "count:haircut") == 0


CUTS = "wallet:w1:count:haircut"


def with_lots(site: Site, unit: str = "count:haircut", **rests: int) -> None:
    for name, rest in rests.items():
        part = LotPart(terms=LotTerms(unit=unit, lot=name, laid=10), amount=rest)
        site.told(Grant(rights=(Right(account=f"wallet:w1:{unit}", amount=rest, lots=(part,)),)))


@pytest.mark.parametrize(
    ("named", "amount", "keeps", "stay"),
    [
        (("b",), 3, 0, {"a": 2, "c": 4, "d": 1}),
        (("b",), 2, 0, {"a": 2, "b": 3, "c": 4, "d": 1}),
        (("b",), 9, 0, {"a": 2, "c": 4, "d": 1}),
        (("b", "c"), 6, 0, {"a": 2, "c": 4, "d": 1}),
        (("b", "c"), 7, 0, {"a": 2, "d": 1}),
        (("c", "a"), 9, 0, {"b": 3, "d": 1}),
        (("gone",), 9, 0, {"a": 2, "b": 3, "c": 4, "d": 1}),
        (("b",), 3, 7, {"a": 2, "c": 4, "d": 1}),
        (("b",), 3, 8, {"a": 2, "b": 3, "c": 4, "d": 1}),
        (("b", "d"), 2, 0, {"a": 2, "b": 3, "c": 4, "d": 1}),
        ((), 3, 0, {"b": 3, "c": 4, "d": 1}),
    ],
)
def test_of_lots_that_are_named_those_go_that_are_no_more_than_was_asked(
    site: Site, named: tuple[str, ...], amount: int, keeps: int, stay: dict[str, int]
) -> None:
    with_lots(site, a=2, b=3, c=4, d=1)
    kept = (Want(account=CUTS, amount=keeps),) if keeps else ()
    told = site.told(Release(wants=(Want(account=CUTS, amount=amount),), lots=named), *kept)
    assert {lot.lot: lot.rest for lot in site.lots(W1, "count:haircut")} == stay
    went = 10 - sum(stay.values())
    assert (site.of("w1", "count:haircut"), site.site_of("rights:count:haircut")) == (10 - went, went - 10)
    assert {lot.lot: -lot.amount for lot in told.lots} == {
        one: rest for one, rest in {"a": 2, "b": 3, "c": 4, "d": 1}.items() if one not in stay
    }


def test_of_what_may_be_cut_no_more_goes_than_lies_in_the_lots_that_are_named(site: Site) -> None:
    unit, account = "points:goods", "wallet:w1:points:goods"
    site.told(Grant(rights=(Right(account=account, amount=40),)))
    with_lots(site, unit, a=2, b=3)
    site.told(Release(wants=(Want(account=account, amount=2),), lots=("b",)))
    assert {lot.lot: lot.rest for lot in site.lots(W1, unit)} == {"a": 2, "b": 1}
    site.told(Release(wants=(Want(account=account, amount=9),), lots=("b",)))
    assert ({lot.lot: lot.rest for lot in site.lots(W1, unit)}, site.of("w1", unit)) == ({"a": 2}, 42)


def test_points_beside_lots_go_too_and_unasked(site: Site) -> None:
    site.told(Grant(rights=(Right(account="wallet:w1:points:goods", amount=40),)))
    site.book(BookRightsBack, wants=(Want(account="wallet:w1:points:goods", amount=40),))
    assert site.of("w1", "points:goods") == 0
    with pytest.raises(NotBookable):
        site.book(BookRightsBack, wants=(Want(account="wallet:w1:points:goods", amount=40),))


def test_a_coupon_comes_with_its_terms_and_is_one(site: Site) -> None:
    terms = CouponGrant(coupon="c-1", kind="c3", face=3_00, threshold=0)
    site.told(Grant(rights=(Right(account="wallet:w1:coupon:c-1", amount=1, coupon=terms),)))
    assert site.coupon("c-1") == (W1, terms)
    with pytest.raises(NotBookable):
        site.told(Grant(rights=(Right(account="wallet:w1:coupon:c-1", amount=2, coupon=terms),)))


# Uncovered


def test_beyond_what_is_held_is_owed_and_covered_later(site: Site) -> None:
    site.recharge(30_00)
    entry = site.sale(50_00, FLOOR)
    assert entry.uncovered == ((P1, 20_00),)
    assert site.site_of("overdraft:w1:principal") == -20_00
    assert site.open_overdraft() == 20_00
    site.told(Covered(account=P1, amount=20_00))
    assert site.open_overdraft() == 0


@pytest.mark.parametrize(("said", "covered"), [(1, 1), (19_99, 19_99), (20_00, 20_00), (20_01, 20_00)])
def test_no_more_is_covered_than_is_open(site: Site, said: int, covered: int) -> None:
    """What else it covers was spent on another disk of this site: that one's books bring it."""
    site.sale(20_00, FLOOR)
    entry = site.told(Covered(account=P1, amount=said))
    assert dict(entry.postings) == {
        "site:S1:overdraft:w1:principal": covered,
        "site:S1:rights:principal": -covered,
    }
    assert site.open_overdraft() == 20_00 - covered


def test_a_cover_of_what_is_not_open_here_is_applied_and_posts_nothing(site: Site) -> None:
    site.told(Covered(account=P1, amount=20_00))
    site.sale(20_00, FLOOR)
    site.told(Covered(account=P1, amount=20_00))
    nothing = site.told(Covered(account=P1, amount=20_00))
    assert nothing.postings == ()
    assert site.fed == (1, 3)


def test_what_an_older_program_covered_beyond_the_spend_is_no_cover_of_more(site: Site) -> None:
    site.book_open(W1, {"principal": 5})
    assert site.told(Covered(account=P1, amount=20_00)).postings == ()
    site.sale(20_00, FLOOR)
    site.told(Covered(account=P1, amount=20_00))
    assert site.site_of("overdraft:w1:principal") == 0


def test_a_merge_takes_along_what_is_open_of_every_unit_and_it_is_covered_where_it_is(site: Site) -> None:
    site.sale(20_00, FLOOR)
    site.with_member(W2)
    points, held = "points:goods", "held:e7:litres:92"
    site.book_open(W1, {points: -7, held: -3, "bonus": -5})
    site.told(Merge(wallet=W1, into=W2))
    assert {unit: n for unit, n in site.standing().items() if "overdraft:" in unit} == {
        "site:S1:overdraft:w2:principal": -20_00,
        "site:S1:overdraft:w2:points:goods": -7,
        f"site:S1:overdraft:w2:{held}": -3,
        "site:S1:overdraft:w2:bonus": -5,
    }
    site.told(Covered(account=P1, amount=20_00))
    site.told(Covered(account="wallet:w1:points:goods", amount=7))
    site.told(Covered(account="wallet:w2:bonus", amount=5))
    assert site.overdrawn(W2) == [(held, -3)]
    assert site.overdrawn(W1) == []


def test_what_may_be_open_is_counted_in_money_alone(site: Site) -> None:
    site.book_open(W1, {"points:goods": -70, "count:wash": -3, "bonus": -5, "coupon:k1": -1})
    assert site.open_overdraft() == 5
    site.sale(10_00, Floor(wallet=99_00, site=10_05))


def whole(unit: str, amount: int) -> Right:
    """In one lot, where it lies in lots."""
    if unit.startswith("points:"):
        return Right(account=f"wallet:w1:{unit}", amount=amount)
    terms = LotTerms(unit=unit, lot="all", laid=amount, paid=amount)
    return Right(account=f"wallet:w1:{unit}", amount=amount, lots=(LotPart(terms=terms, amount=amount),))


@pytest.mark.parametrize(
    ("unit", "kind", "of"),
    [
        ("points:goods", TenderKind.POINTS, "goods"),
        ("count:haircut", TenderKind.USES, "count:haircut"),
        ("litres:92", TenderKind.USES, "litres:92"),
        ("cashback", TenderKind.CASHBACK, ""),
        ("voucher:v1", TenderKind.VOUCHER, "v1"),
    ],
)
def test_nothing_but_money_is_given_beyond_what_is_held(
    site: Site, unit: str, kind: TenderKind, of: str
) -> None:
    """So of points, uses, fuel and coupons a site that is cut off costs nothing (decision 35)."""
    line = SaleLine(sku="A", name="Apple", category="fruit", quantity=1, unit_price=101, gross=101, net=101)
    many = kind in {TenderKind.POINTS, TenderKind.USES}
    tender = Tender(kind=kind, amount=101, of=of, units=101 if many else 0)
    sale: dict[str, Any] = {"wallet": W1, "card": None, "lines": (line,), "due": 101, "tenders": (tender,)}
    site.told(Grant(rights=(whole(unit, 100),)))
    with pytest.raises(InsufficientFunds):
        site.book(BookSale, **sale, floor=FLOOR)
    site.told(Grant(rights=(whole(unit, 1),)))
    site.book(BookSale, **sale)
    assert site.of("w1", unit) == 0


def test_no_coupon_is_used_beyond_what_is_held(site: Site) -> None:
    line = SaleLine(sku="A", name="Apple", category="fruit", quantity=1, unit_price=9, gross=9, net=9)
    paid = Tender(kind=TenderKind.CASH, amount=9)
    sale: dict[str, Any] = {"wallet": W1, "card": None, "lines": (line,), "due": 9, "tenders": (paid,)}
    terms = CouponGrant(coupon="c-1", kind="c3", face=3_00, threshold=0)
    site.told(Grant(rights=(Right(account="wallet:w1:coupon:c-1", amount=1, coupon=terms),)))
    site.told(Release(wants=(Want(account="wallet:w1:coupon:c-1", amount=1),)))
    with pytest.raises(CouponNotUsable):
        site.book(BookSale, **sale, received=9, coupons_used=("c-1",), floor=FLOOR)


@pytest.mark.parametrize(
    ("floor", "due"),
    [(None, 1), (Floor(wallet=20_00, site=100_00), 20_01), (Floor(wallet=99_00, site=20_00), 20_01)],
)
def test_never_below_the_floor_of_wallet_or_site(site: Site, floor: Floor | None, due: int) -> None:
    with pytest.raises(InsufficientFunds):
        site.sale(due, floor)


def test_the_floor_is_reached_to_the_fen(site: Site) -> None:
    floor = Floor(wallet=50_00, site=60_00)
    site.sale(50_00, floor)
    with pytest.raises(InsufficientFunds):
        site.sale(1, floor)
    site.with_member(W2)
    site.sale(10_00, floor, W2)
    with pytest.raises(InsufficientFunds):
        site.sale(1, floor, W2)


def test_the_floor_counts_what_is_open_already(site: Site) -> None:
    floor = Floor(wallet=20_00, site=100_00)
    site.sale(15_00, floor)
    with pytest.raises(InsufficientFunds):
        site.sale(5_01, floor)
    site.sale(5_00, floor)


def test_bonus_is_spent_before_anything_is_uncovered(site: Site) -> None:
    site.recharge(30_00, bonus=10_00)
    assert site.sale(50_00, FLOOR).uncovered == ((P1, 10_00),)


def test_a_void_brings_the_uncovered_part_back_as_a_lot_and_headquarters_covers_it_still(
    site: Site,
) -> None:
    site.recharge(30_00)
    sold = site.sale(50_00, FLOOR)
    site.book(BookVoid, of=sold.id, why="wrong")
    assert site.of("w1", "principal") == 50_00
    assert site.open_overdraft() == 20_00  # Covering it may be on its way already.


def test_a_refund_in_parts_brings_back_the_uncovered_part_too(site: Site) -> None:
    site.recharge(30_00)
    sold = site.sale(50_00, FLOOR)
    for net in (15_00, 20_00, 15_00):
        site.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=net),), why="spoiled")
    assert site.of("w1", "principal") == 50_00


# The rest of what is directed


def test_a_card_is_refused_from_then_on_also_where_it_is_not_known(site: Site) -> None:
    site.told(CardStanding(card=C1, state=CardState.LOST))
    site.told(CardStanding(card=CardId("far"), state=CardState.FROZEN))
    known = site.card(C1)
    assert known is not None
    assert known.state is CardState.LOST
    assert site.hot == {C1: CardState.LOST, CardId("far"): CardState.FROZEN}


@pytest.mark.parametrize("dead", [CardState.REPLACED, CardState.CANCELLED])
def test_a_dead_number_stays_dead_whatever_headquarters_had_not_heard(site: Site, dead: CardState) -> None:
    if dead is CardState.REPLACED:
        site.book(BookCard, wallet=W1, card=CardId("next"), replaces=C1)
    else:
        site.with_headquarters = False  # Of before it joined one.
        site.book(BookCardState, card=C1, state=dead)
        site.with_headquarters = True
    site.told(CardStanding(card=C1, state=CardState.ACTIVE))
    known = site.card(C1)
    assert known is not None
    assert known.state is dead
    assert site.hot[C1] is dead


def test_tier_key_and_data_set_are_switched(site: Site) -> None:
    site.told(TierSet(wallet=W1, tier="gold", why="spent 5,000"))
    site.told(TierSet(wallet=WalletId("far"), tier="gold", why="not here"))
    site.told(KeyTrusted(use=KeyUse.CODE, public="ab" * 32))
    site.told(KeyTrusted(use=KeyUse.CODE, public="cd" * 32, ends=("ab" * 32,)))
    site.told(Activate(set="members", version="7", hash="ef" * 32))
    known = site.wallet(W1)
    assert known is not None
    assert known.tier == "gold"
    assert site.trusted == {("code", "ab" * 32): False, ("code", "cd" * 32): True}
    assert site.sets_active == {"members": ("7", "ef" * 32)}


def test_one_person_joined_twice_and_the_second_pack_ends(site: Site) -> None:
    site.with_member(W2, MemberId("m2"))
    terms = CouponGrant(coupon="welcome", kind="c3", face=3_00, threshold=0)
    site.told(Grant(rights=(Right(account="wallet:w1:coupon:welcome", amount=1, coupon=terms),)))
    site.recharge(30_00)
    site.sale(40_00, FLOOR)
    site.told(Merge(wallet=W1, into=W2, withdrawn=("welcome",)))
    known = site.wallet(W1)
    assert known is not None
    assert known.into == W2
    assert site.of("w2", "coupon:welcome") == site.of("w1", "coupon:welcome") == 0
    assert site.site_of("overdraft:w2:principal") == -10_00
    site.told(Grant(rights=(principal(5_00),)))  # Meant for the first, it reaches the second.
    assert site.of("w2", "principal") == 5_00


def test_a_pack_is_withdrawn_also_where_the_two_were_joined_before_and_from_whoever_has_it(
    site: Site,
) -> None:
    site.with_member(W2, M2)
    for wallet, coupon in (("w1", "welcome"), ("w3", "thanks")):
        terms = CouponGrant(coupon=coupon, kind="c3", face=300, threshold=0)
        site.told(Grant(rights=(Right(account=f"wallet:{wallet}:coupon:{coupon}", amount=1, coupon=terms),)))
    site.book(BookMerge, wallet=W1, into=W2)
    assert site.of("w2", "coupon:welcome") == 1
    site.told(Merge(wallet=W1, into=W2, withdrawn=("welcome", "thanks", "never seen")))
    assert site.of("w2", "coupon:welcome") == site.of("w3", "coupon:thanks") == 0
    assert site.told(Merge(wallet=W2, into=W1)).postings == ()  # The other way round they are one already.


def test_a_directed_merge_moves_lots_and_what_is_uncovered(site: Site) -> None:
    site.sale(30_00, FLOOR)
    lot = site.recharge(10_00)
    site.told(Merge(wallet=W1, into=W2))
    assert dict(site.done.postings) == {
        held_by(W1, "principal"): -10_00,
        held_by(W2, "principal"): 10_00,
        overdraft(site.site, held_by(W1, "principal")): 30_00,
        overdraft(site.site, held_by(W2, "principal")): -30_00,
    }
    assert [(one.lot, one.rest) for one in site.lots(W2, "principal")] == [(lot.id, 10_00)]


def test_a_merge_of_somebody_unknown_here_is_read_and_done(site: Site) -> None:
    assert site.told(Merge(wallet=WalletId("far"), into=W1)).postings == ()


# The right to undo a sale


def test_a_sale_whose_right_left_is_not_undone_here(site: Site) -> None:
    site.recharge(50_00)
    sold = site.sale(20_00)
    site.told(Release(sales=(sold.id,)))
    with pytest.raises(HeldElsewhere):
        site.book(BookVoid, of=sold.id, why="wrong")
    with pytest.raises(HeldElsewhere):
        site.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=20_00),), why="spoiled")


def test_another_sites_sale_is_refunded_here_up_to_what_is_left_of_it(site: Site) -> None:
    site.recharge(50_00)
    sold = site.sale(20_00)
    part = site.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=5_00),), why="spoiled")
    lots = tuple(
        LotTerms(unit=one.unit, lot=one.lot, laid=50_00, paid=50_00) for one in sold.lots if one.amount < 0
    )
    right = SaleRight(sale=sold.id, entry=encoded(sold), undone=(encoded(part),), lots=lots)

    here = Site()
    here.number = 1000
    here.told(Grant(rights=(principal(1_00, lot=lots[0].lot, laid=50_00),), sales=(right,), member=None))
    here.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=15_00),), why="spoiled")
    assert here.of("w1", "principal") == 16_00
    with pytest.raises(Exception, match="more than was sold"):
        here.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=1),), why="spoiled")


def test_what_came_with_another_sites_sale_goes_back_here_as_far_as_it_is_here(site: Site) -> None:
    site.recharge(50_00)
    sold = site.sale(20_00)
    gift = site.book(
        BookGrant,
        wallet=WalletId("w1"),
        why="x",
        with_entry=sold.id,
        grants=(Given(unit="cashback", amount=50),),
    )
    lots = tuple(
        LotTerms(unit=one.unit, lot=one.lot, laid=50_00, paid=50_00) for one in sold.lots if one.amount < 0
    )
    right = SaleRight(sale=sold.id, entry=encoded(sold), undone=(encoded(gift),), lots=lots)
    here = Site()
    here.number = 1000
    here.told(Grant(rights=(principal(1_00, lot=lots[0].lot, laid=50_00),), sales=(right,)))
    here.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=20_00),), why="spoiled")
    assert here.of("w1", "debt:cashback") == -50


# Guests


def welcomed(site: Site, wallet: str = "far", card: str | None = None, **more: Any) -> Entry:
    return site.book(BookGuest, wallet=WalletId(wallet), card=CardId(card) if card else None, **more)


@pytest.mark.parametrize("since", [0, 7])
def test_a_visitor_s_wallet_begins_with_the_time_at_which_it_was_given_to_them(since: int) -> None:
    site = Site()
    site.book(BookGuest, wallet=WalletId("w-far"), card=None, member=MemberId("m-far"), since=since)
    known = site.wallet(WalletId("w-far"))
    assert known is not None
    assert (known.member, known.given, known.given_seq) == ("m-far", since, 0)


def test_a_guest_is_known_by_wallet_member_tier_and_card(site: Site) -> None:
    entry = welcomed(site, card="cf", member=MemberId("mf"), tier="gold")
    assert (entry.postings, entry.lots) == ((), ())
    known, card = site.wallet(WalletId("far")), site.card(CardId("cf"))
    assert known is not None
    assert (known.member, known.tier, known.into) == (MemberId("mf"), "gold", None)
    assert card is not None
    assert card.wallet == WalletId("far")


def test_a_guest_may_come_without_a_card_and_with_one_later(site: Site) -> None:
    first = welcomed(site)
    assert site.wallet(WalletId("far")) is not None
    assert effects_of(site, first) == [WalletOpened(wallet=WalletId("far"), member=None)]
    welcomed(site, card="cf", tier="gold")
    card, known = site.card(CardId("cf")), site.wallet(WalletId("far"))
    assert card is not None
    assert known is not None
    assert (card.wallet, known.tier) == (WalletId("far"), "regular")


def effects_of(site: Site, entry: Entry) -> list[Any]:
    fresh = Site()
    del site
    return list(posted(entry.payload, fresh).effects)


def test_a_card_of_a_wallet_that_was_merged_leads_to_the_one_that_stays(site: Site) -> None:
    welcomed(site)
    site.told(Merge(wallet=WalletId("far"), into=W1))
    welcomed(site, card="cf")
    card = site.card(CardId("cf"))
    assert card is not None
    assert card.wallet == W1


@pytest.mark.parametrize("card", [None, "c1"])
def test_who_is_known_with_that_card_is_no_guest(site: Site, card: str | None) -> None:
    with pytest.raises(NotBookable):
        welcomed(site, "w1", card)


def test_a_card_that_is_known_is_not_added_to_a_new_wallet(site: Site) -> None:
    welcomed(site, card="c1")
    card = site.card(C1)
    assert card is not None
    assert card.wallet == W1


@pytest.mark.parametrize(("wallet", "card"), [("a b", None), ("far", "a b")])
def test_a_guests_ids_are_ids(site: Site, wallet: str, card: str | None) -> None:
    with pytest.raises(NotBookable):
        welcomed(site, wallet, card)


def test_what_a_site_cannot_merge_stays_where_it_is_and_only_what_ends_goes(site: Site) -> None:
    site.with_member(W2)
    site.book(
        BookGrant, wallet=W1, why="x", coupons=(CouponGrant(coupon="k1", kind="fuel", face=1, threshold=0),)
    )
    site.book(
        BookGrant, wallet=W1, why="x", coupons=(CouponGrant(coupon="k2", kind="fuel", face=1, threshold=0),)
    )
    where = Directed(hq_epoch=1, m=1)
    merge = Merge(wallet=W1, into=W2, withdrawn=("k1",))
    site.book(BookDirective, directed=where, directive=merge, apart=True)
    assert site.done.effects == (FeedRead(hq_epoch=1, m=1),)
    assert {account.name: amount for account, amount in site.done.postings} == {
        "wallet:w1:coupon:k1": -1,
        "site:S1:issued:coupon": 1,
    }
    assert (site.standing()["wallet:w1:coupon:k2"], site.wallets[W1].into) == (1, None)
