"""A recharge of which a part lies elsewhere: nobody here knows whether it was spent there."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.accounts import named
from terminal.core.commands import (
    BookImport,
    BookRecharge,
    BookRechargeRefund,
    BookRightsBack,
    BookVoid,
    RechargeRefundReason,
)
from terminal.core.commands import Grant as Given
from terminal.core.directives import Covered, Grant, Release
from terminal.core.errors import PartElsewhere
from terminal.core.rights import LotPart, LotTerms, Right, Want
from terminal.core.values import StaffId
from tests.core.ledger.book import C1, W1
from tests.core.ledger.test_rights import FLOOR, P1, Site


@pytest.fixture
def site() -> Site:
    found = Site()
    found.with_card()
    return found


def lot_back(lot: str, amount: int, unit: str = "principal", laid: int = 100_00) -> Right:
    terms = LotTerms(unit=unit, lot=lot, laid=laid, paid=laid if unit == "principal" else 0)
    parts = (LotPart(terms=terms, amount=amount),)
    return Right(account=f"wallet:w1:{unit}", amount=amount, lots=parts)


def shop_pays(site: Site, lot: str, **fields: Any) -> int:
    before = site.site_of("outside:transfer")
    reason = RechargeRefundReason.SHOP
    site.book(BookRechargeRefund, wallet=W1, lot=lot, reason=reason, in_cash=False, **fields)
    return site.site_of("outside:transfer") - before


def with_bonus(site: Site) -> str:
    fields: dict[str, Any] = {"principal": 100_00, "bonus": 20_00, "received": 100_00}
    return str(site.book(BookRecharge, wallet=W1, card=C1, **fields).id)


@pytest.mark.parametrize("unit", ["principal", "bonus"])
def test_what_lies_elsewhere_of_a_recharge_was_not_spent_and_is_not_paid_here(site: Site, unit: str) -> None:
    lot = with_bonus(site)
    site.told(Release(wants=(Want(account=f"wallet:w1:{unit}", amount=5_00),)))
    with pytest.raises(PartElsewhere, match="500"):
        shop_pays(site, lot)
    site.told(Grant(rights=(lot_back(lot, 4_99, unit),)))
    with pytest.raises(PartElsewhere, match="1 of it"):
        shop_pays(site, lot)
    site.told(Grant(rights=(lot_back(lot, 1, unit),)))
    assert shop_pays(site, lot) == 100_00


def test_whoever_agrees_on_a_sum_is_paid_no_more_by_rule_than_lies_here(site: Site) -> None:
    lot = with_bonus(site)
    site.book(BookRightsBack, wants=(Want(account=P1, amount=40_00),))
    with pytest.raises(PartElsewhere):
        shop_pays(site, lot)
    assert shop_pays(site, lot, agreed=1) == 60_00


def test_two_shops_cannot_both_agree_to_pay_all_of_one_recharge_back(site: Site) -> None:
    lot = with_bonus(site)
    site.book(BookRightsBack, wants=(Want(account=P1, amount=40_00),))
    with pytest.raises(PartElsewhere, match=r"^4000 of it"):
        shop_pays(site, lot, agreed=60_01)
    assert shop_pays(site, lot, agreed=60_00) == 60_00


@pytest.mark.parametrize("reason", [RechargeRefundReason.COOLING_OFF, RechargeRefundReason.SHOP])
def test_what_nobody_covered_yet_is_no_money_to_pay_out(site: Site, reason: RechargeRefundReason) -> None:
    """A sale beyond what was held, undone: its value stands in the wallet before anybody said whose it is."""
    sale = site.sale(30_00, floor=FLOOR)
    void = site.book(BookVoid, of=sale.id, why="wrong")
    refund = {"wallet": W1, "lot": void.id, "reason": reason, "in_cash": True}
    with pytest.raises(PartElsewhere, match="not covered"):
        site.book(BookRechargeRefund, **refund)
    site.told(Covered(account=P1, amount=29_99))
    with pytest.raises(PartElsewhere, match="not covered"):
        site.book(BookRechargeRefund, **refund)
    site.told(Covered(account=P1, amount=1))
    site.book(BookRechargeRefund, **refund)
    assert site.balances[named(P1)] == 0


def test_bonus_that_nobody_covered_yet_keeps_no_principal_back(site: Site) -> None:
    lot = with_bonus(site)
    site.book_open(W1, {"bonus": -1})
    assert shop_pays(site, lot) == 100_00


def test_a_recharge_that_was_spent_here_alone_is_paid_back_as_ever(site: Site) -> None:
    lot = with_bonus(site)
    site.told(Release(wants=(Want(account=P1, amount=30_00),)))
    site.told(Grant(rights=(lot_back(lot, 30_00),)))
    site.sale(60_00)
    assert shop_pays(site, lot) == 50_00


def test_of_another_sites_recharge_the_rest_is_elsewhere(site: Site) -> None:
    lot = "01a1ee56-5e11-7000-8b1e-eec3e7c4e824"
    site.told(Grant(rights=(lot_back(lot, 30_00),)))
    with pytest.raises(PartElsewhere, match="7000"):
        shop_pays(site, lot)
    site.told(Grant(rights=(lot_back(lot, 70_00),)))
    assert shop_pays(site, lot) == 100_00


def test_the_bonus_of_another_sites_recharge_is_elsewhere_too(site: Site) -> None:
    lot = "01a1ee56-5e11-7000-8b1e-eec3e7c4e824"
    rights = (lot_back(lot, 100_00), lot_back(lot, 5_00, "bonus", 20_00))
    site.told(Grant(rights=rights))
    with pytest.raises(PartElsewhere, match="1500 of it"):
        shop_pays(site, lot)


def test_of_what_went_with_one_entry_each_recharge_counts_its_own(site: Site) -> None:
    first, second = with_bonus(site), with_bonus(site)
    site.told(Release(wants=(Want(account=P1, amount=130_00),)))
    for lot, away in ((first, 10000), (second, 3000)):
        with pytest.raises(PartElsewhere, match=rf"^{away} of it"):
            shop_pays(site, lot)


def test_what_was_taken_over_with_principal_and_went_is_none_of_it(site: Site) -> None:
    given = (Given(unit="principal", amount=50_00), Given(unit="voucher:v1", amount=10_00))
    two = replace(site.at, second=StaffId("ST-9"))
    lot = site.book(BookImport, at=two, wallet=W1, paper="17", grants=given).id
    wants = (Want(account=P1, amount=20_00), Want(account="wallet:w1:voucher:v1", amount=10_00))
    site.told(Release(wants=wants))
    with pytest.raises(PartElsewhere, match=r"^2000 of it"):
        shop_pays(site, lot)


def test_a_recharge_whose_lot_went_and_came_back_is_voided_as_ever(site: Site) -> None:
    lot = with_bonus(site)
    site.told(Release(wants=(Want(account=P1, amount=30_00),)))
    site.told(Grant(rights=(lot_back(lot, 30_00),)))
    site.book(BookVoid, of=lot, why="x")
    assert site.balance(named(P1)) == 0
