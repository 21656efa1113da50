"""Rights that come and go, to the last lot: what a directive says of each kind of value, and what not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from terminal.core.accounts import held_by, issued
from terminal.core.commands import (
    BookCardState,
    BookDeposit,
    BookFleetFunds,
    BookMerge,
    BookRightsBack,
    CardState,
    CouponGrant,
)
from terminal.core.directives import CardStanding, Directive, GivenAway, Grant, HolderNamed, Merge, Release
from terminal.core.errors import NotBookable
from terminal.core.ledger import Lot, Wallet, effects
from terminal.core.ledger.rules import merged_into
from terminal.core.rights import LotPart, LotTerms, Right, Want
from terminal.core.values import MemberId, WalletId
from tests.core.ledger.book import C1, M1, M2, W1, W2
from tests.core.ledger.test_postings import posts
from tests.core.ledger.test_rights import Site
from tests.core.ledger.test_value import line, sell

NEW = WalletId("w-new")


@pytest.fixture
def site() -> Site:
    site = Site()
    site.with_card()
    return site


def right(account: str, amount: int, *lots: tuple[str, int], unit: str = "", **terms: str) -> Right:
    """`lots`: (its name, how much of it)."""
    parts = tuple(
        LotPart(
            terms=LotTerms(unit=unit or account.split(":", 2)[2], lot=lot, laid=2 * part, paid=part, **terms),
            amount=part,
        )
        for lot, part in lots
    )
    return Right(account=account, amount=amount, lots=parts)


def told(site: Site, directive: Directive, *keeps: Want) -> tuple[object, ...]:
    """What it changed beside value; that it was read comes last and goes without saying."""
    site.told(directive, *keeps)
    assert isinstance(site.done.effects[-1], effects.FeedRead)
    return site.done.effects[:-1]


def release(*wants: tuple[str, int]) -> Release:
    return Release(wants=tuple(Want(account=account, amount=amount) for account, amount in wants))


# Grants.


def test_a_lot_comes_with_all_its_terms(site: Site) -> None:
    coming = right("wallet:w1:cashback", 40, ("l1", 40), since="2026-11-24", until="2026-12-31", invoice="17")
    told(site, Grant(rights=(coming,)))
    assert site.laid[W1, "cashback"]["l1"] == Lot(
        lot="l1", rest=40, laid=80, paid=40, since="2026-11-24", until="2026-12-31", invoice="17"
    )


def test_a_wallet_begins_once_however_much_comes_to_it(site: Site) -> None:
    rights = (
        right(f"wallet:{NEW}:points:goods", 5),
        right(f"wallet:{NEW}:points:petrol", 6),
        right("wallet:w-other:points:goods", 7),
        right("wallet:w1:points:goods", 8),
    )
    site.wallets[W1] = Wallet(member=M1)
    assert told(site, Grant(rights=rights, member=M2, tier="gold")) == (
        effects.WalletOpened(wallet=NEW, member=M2),
        effects.TierChanged(wallet=NEW, tier="gold"),
        effects.WalletOpened(wallet=WalletId("w-other"), member=M2),
        effects.TierChanged(wallet=WalletId("w-other"), tier="gold"),
    )
    assert site.of(NEW, "points:petrol") == 6


def test_a_grant_says_whose_a_wallet_is_that_began_without_its_member(site: Site) -> None:
    begins = Merge(wallet=W1, into=NEW)
    told(site, begins)
    assert told(site, Grant(rights=(right(f"wallet:{NEW}:points:goods", 5),))) == ()
    rights = (right(f"wallet:{NEW}:points:goods", 5), right("wallet:w1:points:petrol", 6))
    assert told(site, Grant(rights=rights, member=M2, tier="gold")) == (
        effects.HolderLearnt(wallet=NEW, member=M2),
        effects.TierChanged(wallet=NEW, tier="gold"),
    )
    assert site.wallet(NEW) == Wallet(member=M2, tier="gold")
    assert told(site, Grant(rights=rights, member=M1, tier="silver")) == ()


def test_a_wallet_that_begins_in_the_first_tier_needs_no_word_of_it(site: Site) -> None:
    assert told(site, Grant(rights=(right(f"wallet:{NEW}:points:goods", 5),))) == (
        effects.WalletOpened(wallet=NEW, member=None),
    )


def test_a_wallet_that_was_given_elsewhere_is_theirs_here_where_it_is_known(site: Site) -> None:
    given = GivenAway(wallet=W1, member=M2, since=7, cards=(C1,))
    assert told(site, given) == (effects.GivenElsewhere(wallet=W1, member=M2, since=7, cards=(C1,)),)
    known = site.wallet(W1)
    assert known is not None
    assert known.member == M2
    assert told(site, replace(given, wallet=NEW)) == ()
    assert site.wallet(NEW) is None


def test_a_wallet_that_began_with_a_merge_is_said_to_be_whose_it_is(site: Site) -> None:
    named = HolderNamed(wallet=NEW, member=M2)
    assert told(site, named) == (), "it is not known"
    told(site, Merge(wallet=W1, into=NEW))
    assert told(site, named) == (effects.HolderLearnt(wallet=NEW, member=M2),)
    assert site.wallet(NEW) == Wallet(member=M2)
    assert told(site, replace(named, member=M1)) == (), "it is somebody's"


def test_whose_a_wallet_is_goes_to_where_it_went(site: Site) -> None:
    last = WalletId("w-last")
    told(site, Merge(wallet=W1, into=NEW))
    told(site, Merge(wallet=NEW, into=last))
    assert told(site, HolderNamed(wallet=NEW, member=M2)) == (effects.HolderLearnt(wallet=last, member=M2),)


@pytest.mark.parametrize(("right", "wrong"), [(1, 0), (64, 65)])
def test_whose_it_is_is_said_within_bounds(right: int, wrong: int) -> None:
    def said(length: int) -> bytes:
        return msgspec.json.encode(HolderNamed(wallet=W1, member=MemberId("m" * length)))

    assert msgspec.json.decode(said(right), type=HolderNamed).member == "m" * right
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(said(wrong), type=HolderNamed)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ({"since": 1}, {"since": 0}),
        ({"since": 2**53 - 1}, {"since": 2**53}),
        ({"member": MemberId("m")}, {"member": MemberId("")}),
        ({"member": MemberId("m" * 64)}, {"member": MemberId("m" * 65)}),
        ({"cards": (C1,) * 100}, {"cards": (C1,) * 101}),
    ],
)
def test_what_was_given_elsewhere_is_said_within_bounds(right: dict[str, Any], wrong: dict[str, Any]) -> None:
    given = GivenAway(wallet=W1, member=M2, since=7, cards=())
    said = replace(given, **right)
    assert msgspec.json.decode(msgspec.json.encode(said), type=GivenAway) == said
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(replace(given, **wrong)), type=GivenAway)


def test_a_coupon_that_was_here_before_keeps_its_terms(site: Site) -> None:
    terms = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    coming = Right(account="wallet:w1:coupon:k1", amount=1, coupon=terms)
    assert told(site, Grant(rights=(coming,))) == (effects.CouponAdded(wallet=W1, coupon=terms),)
    told(site, release(("wallet:w1:coupon:k1", 1)))
    assert told(site, Grant(rights=(coming,))) == ()
    assert site.of(W1, "coupon:k1") == 1


def test_a_company_has_rights_too(site: Site) -> None:
    told(site, Grant(rights=(right("company:haulage:credit", 700),)))
    assert posts(site) == {"company:haulage:credit": 700, "rights:credit": -700}
    told(site, release(("company:haulage:credit", 900)))
    assert posts(site) == {"company:haulage:credit": -700, "rights:credit": 700}


@pytest.mark.parametrize(
    "wrong",
    [
        right("site:S1:tax", 5),
        right("wallet:no/id:points:goods", 5),
        right("wallet:w1:principal", 40, ("l1", 40), unit="bonus"),
        right("wallet:w1:points:goods", 40, ("l1", 41)),
        right("wallet:w1:principal", 40),
        right("wallet:w1:principal", 40, ("l1", 39)),
        right("wallet:w1:bonus", 40),
        right("wallet:w1:cashback", 40),
        right("wallet:w1:count:wash", 40),
        right("wallet:w1:litres:92", 40),
        right("wallet:w1:voucher:v1", 40),
        right("wallet:w1:coupon:k1", 2),
    ],
    ids=lambda one: f"{one.account} {one.amount}",
)
def test_a_right_that_contradicts_itself_is_not_booked(site: Site, wrong: Right) -> None:
    with pytest.raises(NotBookable):
        site.told(Grant(rights=(wrong,)))


# Releases.


@pytest.mark.parametrize(
    "account",
    ["site:S1:tax", "wallet:w1:held:x", "wallet:w1:deposit:presale:cake", "wallet:w1:debt:cashback"],
)
def test_what_is_promised_or_owed_here_is_not_given_away(site: Site, account: str) -> None:
    with pytest.raises(NotBookable):
        site.told(release((account, 5)))
    with pytest.raises(NotBookable):
        site.book(BookRightsBack, wants=(Want(account=account, amount=5),))


def test_nothing_is_given_away_of_nothing(site: Site) -> None:
    told(site, release(("wallet:w1:principal", 500), ("wallet:w1:count:wash", 5)))
    assert (posts(site), site.done.lots) == ({}, ())


@pytest.mark.parametrize("named", ["w1", "w2"])
def test_what_is_kept_is_kept_by_the_old_name_of_a_wallet_and_by_the_new(site: Site, named: str) -> None:
    site.recharge(1000)
    site.with_member(W2, M2)
    site.book(BookMerge, wallet=W1, into=W2)
    told(site, release(("wallet:w1:principal", 1000)), Want(account=f"wallet:{named}:principal", amount=300))
    assert posts(site) == {"wallet:w2:principal": -700, "rights:principal": 700}


@pytest.mark.parametrize(
    ("asked", "given"), [(1, 3), (3, 3), (4, 3), (7, 3), (8, 8), (9, 8), (15, 15), (99, 15), (0, 0)]
)
def test_uses_go_by_whole_lots_as_far_as_was_asked(site: Site, asked: int, given: int) -> None:
    lots = (("l1", 3), ("l2", 5), ("l3", 7))
    told(site, Grant(rights=(right("wallet:w1:count:wash", 15, *lots),)))
    kept = Want(account="wallet:w1:count:wash", amount=15 - asked if asked < 15 else 1)
    told(site, release(("wallet:w1:count:wash", asked or 1)), *((kept,) if not asked else ()))
    assert -posts(site).get("count:wash", 0) == given
    assert sum(lot.rest for lot in site.lots(W1, "count:wash")) == 15 - given


def test_a_later_lot_does_not_go_before_an_older_one(site: Site) -> None:
    told(site, Grant(rights=(right("wallet:w1:count:wash", 12, ("l1", 3), ("l2", 7), ("l3", 2)),)))
    told(site, release(("wallet:w1:count:wash", 5)))
    assert [(lot.lot, lot.amount) for lot in site.done.lots] == [("l1", -3)]


def test_a_company_gives_back_what_it_has(site: Site) -> None:
    site.book(BookFleetFunds, company="haulage", amount=500, paid_by=None)
    site.book(BookRightsBack, wants=(Want(account="company:haulage:credit", amount=200),))
    assert posts(site) == {"company:haulage:credit": -200, "rights:credit": 200}


def test_a_sale_leaves_once(site: Site) -> None:
    sale = sell(site, line(500), wallet=W1)
    assert told(site, Release(sales=(sale.id,))) == (effects.SaleLeft(sale=sale.id),)
    assert told(site, Release(sales=(sale.id,))) == ()


# One person, and cards.


def merged(wallet: WalletId, into: WalletId) -> tuple[effects.Effect, ...]:
    return effects.Refers(of=merged_into(into)), effects.WalletMerged(wallet=wallet, into=into)


def test_a_merge_into_somebody_who_is_not_here_begins_them(site: Site) -> None:
    assert told(site, Merge(wallet=W1, into=W2)) == (
        effects.WalletOpened(wallet=W2, member=None),
        *merged(W1, W2),
    )
    assert told(site, Merge(wallet=W1, into=W2)) == ()
    assert told(site, Merge(wallet=W2, into=W1)) == (), "an attendant had joined them the other way"


@pytest.mark.parametrize("into", [W1, W2])
def test_a_merge_of_somebody_never_seen_is_remembered(site: Site, into: WalletId) -> None:
    begins = [effects.WalletOpened(wallet=one, member=None) for one in (NEW, into) if one != W1]
    assert told(site, Merge(wallet=NEW, into=into)) == (
        *begins,
        *merged(NEW, into),
    )
    assert posts(site) == {}
    assert told(site, Merge(wallet=NEW, into=into)) == ()
    told(site, Grant(rights=(right(f"wallet:{NEW}:points:goods", 5),)))
    assert (site.of(into, "points:goods"), site.of(NEW, "points:goods")) == (5, 0)


def test_nobody_is_merged_into_themselves_seen_or_not(site: Site) -> None:
    assert told(site, Merge(wallet=W1, into=W1)) == told(site, Merge(wallet=NEW, into=NEW)) == ()


def test_a_merge_into_somebody_who_is_here_begins_nobody(site: Site) -> None:
    site.with_member(W2, MemberId("m2"))
    assert told(site, Merge(wallet=W1, into=W2)) == merged(W1, W2)


def test_a_merge_takes_along_what_was_recharged_and_nothing_of_it_came_or_went(site: Site) -> None:
    lot = site.recharge(1000, 100)
    assert told(site, Merge(wallet=W1, into=W2)) == (
        effects.WalletOpened(wallet=W2, member=None),
        *merged(W1, W2),
    )
    assert [one.lot for one in site.lots(W2, "principal")] == [lot.id]


def test_a_coupon_that_was_used_is_not_withdrawn_again(site: Site) -> None:
    terms = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    told(site, Grant(rights=(Right(account="wallet:w1:coupon:k1", amount=1, coupon=terms),)))
    sell(site, line(700, off=300), coupons_used=("k1",))
    told(site, Merge(wallet=W1, into=W2, withdrawn=("k1", "k-unknown")))
    assert posts(site) == {}


def test_a_card_that_stands_so_already_is_only_listed(site: Site) -> None:
    listed = effects.CardListed(card=C1, state=CardState.LOST)
    changed = effects.CardChanged(card=C1, state=CardState.LOST)
    assert told(site, CardStanding(card=C1, state=CardState.LOST)) == (listed, changed)
    assert told(site, CardStanding(card=C1, state=CardState.LOST)) == (listed,)


def test_renewed_elsewhere_a_card_has_no_last_day_here(site: Site) -> None:
    listed = effects.CardListed(card=C1, state=CardState.ACTIVE)
    site.book(BookCardState, card=C1, state=CardState.EXPIRED)
    renewed = effects.CardChanged(card=C1, state=CardState.ACTIVE, until="")
    assert told(site, CardStanding(card=C1, state=CardState.ACTIVE)) == (listed, renewed)
    site.book(BookCardState, card=C1, state=CardState.FROZEN)
    thawed = effects.CardChanged(card=C1, state=CardState.ACTIVE)
    assert told(site, CardStanding(card=C1, state=CardState.ACTIVE)) == (listed, thawed)
    site.book(BookCardState, card=C1, state=CardState.EXPIRED)
    frozen = effects.CardChanged(card=C1, state=CardState.FROZEN)
    assert told(site, CardStanding(card=C1, state=CardState.FROZEN))[1] == frozen


def test_what_was_left_for_later_stays_when_all_else_goes(site: Site) -> None:
    site.recharge(1000, 100)
    site.book(BookDeposit, wallet=W1, card=None, of="presale:cake", amount=50, received=50)
    told(site, release(("wallet:w1:principal", 9999), ("wallet:w1:bonus", 9999)))
    assert site.holdings(W1) == [("deposit:presale:cake", 50)]


@pytest.mark.parametrize(
    ("owed", "settled", "booked"), [(30, 29, 29), (30, 30, 30), (30, 31, 30), (1, 1, 1), (0, 1, 0)]
)
@pytest.mark.parametrize("unit", ["points:goods", "cashback", "coupon:k7"])
def test_what_headquarters_settled_is_owed_no_more_and_never_less_than_nothing(
    site: Site, unit: str, owed: int, settled: int, booked: int
) -> None:
    debt = held_by(W1, f"debt:{unit}")
    site.balances[debt], site.balances[issued(site.site, unit)] = -owed, owed
    assert told(site, Grant(rights=(right(debt.name, settled),))) == ()
    both = {debt.unit: booked, f"rights:{debt.unit}": -booked} if booked else {}
    assert posts(site) == both
    assert site.balances[debt] == booked - owed


def test_what_is_owed_is_settled_on_the_wallet_that_is_left(site: Site) -> None:
    site.with_member(W2, M2)
    site.book(BookMerge, wallet=W1, into=W2)
    left = held_by(W2, "debt:points:goods")
    site.balances[left], site.balances[issued(site.site, "points:goods")] = -30, 30
    assert told(site, Grant(rights=(right("wallet:w1:debt:points:goods", 30),))) == ()
    assert site.balances[left] == 0
