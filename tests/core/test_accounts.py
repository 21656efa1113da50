"""Which account is whose, what it counts, and what it may come to."""

from __future__ import annotations

import pytest

from terminal.core import accounts as chart
from terminal.core.accounts import FEN, Account, Owner, measure_of, named
from terminal.core.values import ShiftId, SiteId, StaffId, WalletId

W, S = WalletId("w1"), SiteId("S1")


def wallets(unit: str) -> Account:
    return Account(owner=Owner.WALLET, of="w1", unit=unit)


@pytest.mark.parametrize(
    ("account", "name"),
    [
        (chart.principal(W), "wallet:w1:principal"),
        (chart.bonus(W), "wallet:w1:bonus"),
        (chart.held_by(W, "points:petrol"), "wallet:w1:points:petrol"),
        (chart.coupon(W, "k1"), "wallet:w1:coupon:k1"),
        (chart.held(W, "e7"), "wallet:w1:held:e7"),
        (chart.held(W, "e7", "litres:92"), "wallet:w1:held:e7:litres:92"),
        (chart.credit_held("haulage", "e7"), "company:haulage:held:e7:credit"),
        (chart.debt(chart.held_by(W, "points:petrol")), "wallet:w1:debt:points:petrol"),
        (chart.company_credit("haulage"), "company:haulage:credit"),
        (chart.drawer(S, ShiftId("early")), "site:S1:drawer:early"),
        (chart.revenue(S, "fruit"), "site:S1:revenue:fruit"),
        (chart.deferred(S, "count:wash"), "site:S1:deferred:count:wash"),
        (chart.tax(S), "site:S1:tax"),
        (chart.discount(S), "site:S1:discount"),
        (chart.samples(S), "site:S1:samples"),
        (chart.bonus_expense(S), "site:S1:bonus_expense"),
        (chart.points_expense(S), "site:S1:points_expense"),
        (chart.cashback_expense(S), "site:S1:cashback_expense"),
        (chart.voucher_expense(S), "site:S1:voucher_expense"),
        (chart.refund_compensation(S), "site:S1:refund_compensation"),
        (chart.forfeited(S), "site:S1:forfeited"),
        (chart.outside(S, "wechat"), "site:S1:outside:wechat"),
        (chart.cash_rounding(S), "site:S1:cash_rounding"),
        (chart.over_short(S), "site:S1:over_short"),
        (chart.in_transit(S, "safe"), "site:S1:in_transit:safe"),
        (chart.cash_moved(S, "flowers"), "site:S1:cash_moved:flowers"),
        (chart.receivable(S, "haulage"), "site:S1:receivable:haulage"),
        (chart.imported(S), "site:S1:imported"),
        (chart.commission(S, StaffId("E01")), "site:S1:commission:E01"),
        (chart.commission_expense(S), "site:S1:commission_expense"),
        (chart.prepaid_difference(S), "site:S1:prepaid_difference"),
        (chart.overdraft(S, chart.principal(W)), "site:S1:overdraft:w1:principal"),
        (chart.issued(S, "points:petrol"), "site:S1:issued:points:petrol"),
        (chart.rights(S, "principal"), "site:S1:rights:principal"),
    ],
)
def test_an_account_is_called_so_and_found_by_that_name(account: Account, name: str) -> None:
    assert account.name == name
    assert named(name) == account


def test_what_is_had_only_so_often_is_read_from_the_name_of_its_account() -> None:
    assert chart.had_of(chart.had(S, W, "2026-11", "drink").name) == (W, "2026-11", "drink")
    others = (
        chart.had_elsewhere(S, W, "2026-11", "drink"),
        chart.had_told(S, W, "2026-11", "drink", SiteId("S2")),
        chart.rewarded(S, "2026-11", W),
    )
    for name in (*(one.name for one in others), "wallet:S1:had:w1:ever:drink", "site:S1:had:w1:ever", ""):
        assert chart.had_of(name) is None


@pytest.mark.parametrize("name", ["", "wallet:w1", "shop:w1:principal"])
def test_what_names_no_account_is_refused(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  of str.split and of the enum
        named(name)


@pytest.mark.parametrize(
    ("unit", "measure"),
    [
        ("principal", FEN),
        ("drawer:points:goods", FEN),
        ("deferred:count:wash", FEN),
        ("points:goods", "points:goods"),
        ("count:wash", "count:wash"),
        ("litres:92", "litres:92"),
        ("coupon:k1", "coupon"),
        ("issued:points:goods", "points:goods"),
        ("issued:coupon", "coupon"),
        ("rights:points:goods", "points:goods"),
        ("debt:points:goods", "points:goods"),
        ("debt:coupon:k1", "coupon"),
        ("debt:cashback", FEN),
        ("overdraft:w1:principal", FEN),
        ("overdraft:w1:points:goods", "points:goods"),
        ("overdraft:w1:coupon:k1", "coupon"),
        ("held:e7", FEN),
        ("held:e7:credit", FEN),
        ("held:e7:litres:92", "litres:92"),
        ("overdraft:w1:held:e7:litres:92", "litres:92"),
    ],
)
def test_what_is_counted_there(unit: str, measure: str) -> None:
    measure_of.cache_clear()  # Whatever was asked before this, the line itself answers.
    assert measure_of(unit) == measure
    assert wallets(unit).measure == measure


@pytest.mark.parametrize(
    ("account", "may", "never"),
    [
        (wallets("principal"), (0, 1, 10**9), (-1,)),
        (wallets("coupon:k1"), (0, 1), (-1, 2)),
        (wallets("debt:points:goods"), (0, -1, -(10**9)), (1,)),
        (wallets("debt:coupon:k1"), (0, -1), (1,)),
        (chart.company_credit("haulage"), (0, 2), (-1,)),
        (chart.drawer(S, ShiftId("early")), (-5, 0, 5), ()),
        (chart.of_site(S, "debt:x"), (-5, 0, 5), ()),
        (chart.of_site(S, "coupon:x"), (-5, 0, 5), ()),
    ],
)
def test_value_is_never_below_zero_nor_a_debt_above_it(
    account: Account, may: tuple[int, ...], never: tuple[int, ...]
) -> None:
    assert all(account.may_hold(balance) for balance in may)
    assert not any(account.may_hold(balance) for balance in never)


def test_only_wallets_and_companies_owe_debts() -> None:
    assert wallets("debt:points:goods").is_debt
    assert not wallets("points:goods").is_debt
    assert not chart.of_site(S, "debt:x").is_debt


@pytest.mark.parametrize(
    "account",
    [
        chart.principal(W),
        wallets("coupon:k1"),
        chart.company_credit("haulage"),
        chart.credit_held("haulage", "e7"),
        chart.held(W, "e7"),
        chart.held(W, "e7", "litres:credit"),
        wallets("deposit:presale:credit"),
    ],
)
def test_what_is_owed_names_the_account_that_was_spent_of(account: Account) -> None:
    assert chart.overdrawn(chart.overdraft(S, account).unit) == account


@pytest.mark.parametrize(
    "unit",
    [
        "had:w1:ever:tea",
        "had_elsewhere:w1:ever:tea",
        "had_told:S2:w1:ever:tea",
        "claims:SPRING",
        "tier_given:w1",
    ],
)
def test_what_is_only_counted_is_no_money(unit: str) -> None:
    assert measure_of(unit) == measure_of("issued:had") == "had"
