"""One person joined twice, at shops apart: the vouchers of the second welcome pack end with its coupons."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookDirective,
    BookGrant,
    BookJoin,
    BookMerge,
    BookMergePart,
    BookRecharge,
    BookRefund,
    BookSale,
    Grant,
    PaidBy,
    Returned,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.directives import Directed, Merge
from terminal.core.entry import Entry
from terminal.core.values import EntryId, WalletId
from tests.core.ledger.book import M1, M2, W1, W2, opening
from tests.core.ledger.test_rights import Site
from tests.core.ledger.test_value import line, sell

W3 = WalletId("w3")
PACK = tuple(Grant(unit=f"voucher:{name}", amount=20_00) for name in ("a", "b"))


@pytest.fixture
def site() -> Site:
    """The first join was at another shop."""
    site = Site()
    site.book(BookJoin, opens=replace(opening(W2, M2, None), vouchers=PACK))
    return site


def held(site: Site) -> dict[str, int]:
    return {
        f"{wallet} {unit}": fen
        for wallet in (W1, W2, W3)
        for unit, fen in site.holdings(wallet)
        if unit.startswith("voucher:")
    }


def told(site: Site) -> Entry:
    return site.told(Merge(wallet=W2, into=W1))


def test_they_end_as_if_nobody_had_given_them(site: Site) -> None:
    assert site.site_of("voucher_expense") == -40_00
    told(site)
    assert (held(site), site.site_of("voucher_expense")) == ({}, 0)
    assert all(not lot.rest for wallet in (W1, W2) for lot in site.lots(wallet, "voucher:a"))


@pytest.mark.parametrize("by", ["sale", "recharge"])
def test_those_of_a_join_with_a_sale_or_a_recharge_do_too_and_what_that_gave_stays(by: str) -> None:
    site, given = Site(), (Grant(unit="voucher:g", amount=5_00),)
    opens = replace(opening(W2, M2, None), vouchers=PACK)
    if by == "sale":
        sold = line(95_00, sells=Sells(unit="voucher:s", amount=100_00))
        sell(site, sold, wallet=W2, opens=opens, vouchers=given)
    else:
        site.book(
            BookRecharge, wallet=W2, card=None, principal=100, bonus=0, received=100, paid_by=PaidBy.CASH,
            opens=opens, vouchers=given,
        )  # fmt: skip
    told(site)
    kept = {"w1 voucher:g": 5_00} | ({"w1 voucher:s": 100_00} if by == "sale" else {})
    assert held(site) == kept


def test_what_was_used_stays_used_and_what_is_left_of_one_ends(site: Site) -> None:
    sell(site, line(20_00), pays={"voucher": (20_00, "a", 0)}, wallet=W2)
    told(site)
    assert (held(site), site.site_of("voucher_expense")) == ({}, -20_00)


def test_one_that_was_got_otherwise_stays(site: Site) -> None:
    gift = (Grant(unit="voucher:c", amount=7_00),)
    site.book(BookGrant, wallet=W2, why="x", grants=gift)
    told(site)
    assert held(site) == {"w1 voucher:c": 7_00}


def test_those_of_the_first_join_stay(site: Site) -> None:
    pack = (Grant(unit="voucher:first", amount=20_00),)
    site.book(BookJoin, opens=replace(opening(W1, M1, None), vouchers=pack))
    told(site)
    assert held(site) == {"w1 voucher:first": 20_00}


def test_where_an_attendant_joined_them_before_they_end_where_they_are(site: Site) -> None:
    site.with_member(W3, M1)
    site.book(BookMerge, wallet=W2, into=W3)
    assert held(site) == {"w3 voucher:a": 20_00, "w3 voucher:b": 20_00}
    told(site)
    assert (held(site), site.site_of("voucher_expense")) == ({}, 0)


def test_what_went_ahead_in_parts_ends_too(site: Site) -> None:
    site.with_member(W1, M1)
    site.book(BookMergePart, wallet=W2, into=W1, begins=True)
    site.book(BookMergePart, wallet=W2, into=W1)
    assert held(site) == {"w1 voucher:a": 20_00, "w1 voucher:b": 20_00}
    told(site)
    assert (held(site), site.site_of("voucher_expense")) == ({}, 0)


def test_where_nothing_moves_they_end_where_they_lie(site: Site) -> None:
    where = Directed(hq_epoch=1, m=9)
    site.book(BookDirective, directed=where, directive=Merge(wallet=W2, into=W1), apart=True)
    assert (held(site), site.site_of("voucher_expense")) == ({}, 0)


def test_what_is_not_known_here_is_left_alone(site: Site) -> None:
    """Of another shop's join nothing stands in this journal."""
    (join,) = site.entries
    del site.entries[EntryId(join)]
    told(site)
    assert held(site) == {"w1 voucher:a": 20_00, "w1 voucher:b": 20_00}


def test_one_that_a_refund_brings_back_later_is_good(site: Site) -> None:
    """As a coupon of the pack."""
    tender = Tender(kind=TenderKind.VOUCHER, amount=20_00, of="a")
    sale = site.book(BookSale, wallet=W2, card=None, lines=(line(20_00),), due=20_00, tenders=(tender,))
    told(site)
    site.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=20_00),), why="x")
    assert held(site) == {"w1 voucher:a": 20_00}
