"""Names of tiers that a shop knows are those of its ladder and of whatever it has for a tier."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.cashback import CashbackRate
from terminal.core.known_tiers import known_tiers
from terminal.core.policy import Policy
from terminal.core.pricing import Tariff
from terminal.core.pricing.rules.litre_cut import LitreCut
from terminal.core.pricing.rules.percent_off import PercentOff
from terminal.core.pricing.rules.tier_price import TierPrice
from terminal.core.tier_names import TierShown
from terminal.core.tiers import Tiers, TierStep

LADDER = Tiers(base="铜", steps=(TierStep(tier="银", reach=100), TierStep(tier="金", reach=500)))


def test_without_a_ladder_they_are_those_by_custom() -> None:
    assert known_tiers(Policy(), Tariff()) == ("regular", "silver", "gold", "VIP")


def test_a_ladder_has_its_own_and_that_with_which_every_wallet_begins() -> None:
    assert known_tiers(Policy(tiers=LADDER), Tariff()) == ("铜", "银", "金", "regular")


def test_what_has_a_name_is_a_tier_too() -> None:
    named = replace(LADDER, shown={"银": TierShown(en="Silver"), "friend": TierShown(en="Friend")})
    assert known_tiers(Policy(tiers=named), Tariff()) == ("铜", "银", "金", "regular", "friend")


def test_what_a_rule_is_for_is_a_tier_too() -> None:
    tariff = Tariff(
        [
            PercentOff(id="a", name="a", pay=90, tiers=("gold", "diamond")),
            TierPrice(id="b", name="b", pay={"staff": {"goods": 90}}),
            LitreCut(id="c", name="c", cut={"fleet": {"petrol": 10}}),
        ]
    )
    article = Article(sku="A", name="A", category="goods", price=100, tier_prices={"old": 90, "gold": 80})
    policy = Policy(cashback=CashbackRate(rate_bp=100, tiers=("back",)))
    found = known_tiers(policy, tariff, [article])
    assert found[:4] == ("regular", "silver", "gold", "VIP")
    assert sorted(found[4:]) == ["back", "diamond", "fleet", "old", "staff"]


def test_a_name_that_no_wallet_can_have_is_none() -> None:
    tariff = Tariff(
        [TierPrice(id="b", name="b", pay={"of the staff": {"goods": 90}, "x" * 41: {}, "x" * 40: {}})]
    )
    assert known_tiers(Policy(), tariff)[4:] == ("x" * 40,)
