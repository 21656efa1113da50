"""A shop as the product knows it: articles, promotions, settings, and when its members were born."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from lab.days.rules import articles, policy, tariff
from lab.days.told import Day, Facts
from terminal.core.cart import Article, by_barcode
from terminal.core.policy import Policy
from terminal.core.pricing import Birthday, Tariff
from terminal.core.values import Value

_EITHER_SIDE = timedelta(days=3)
_AROUND = "on the birthday and three days either side"


class House(Value, frozen=True, kw_only=True):
    day: Day
    policy: Policy
    tariff: Tariff
    by_sku: Mapping[str, Article]
    by_barcode: Mapping[str, Article]
    plus: Mapping[int, Article]
    """By number at the scale."""

    def born(self, member: str) -> Birthday | None:
        """Of who was a member before the day; who joins on it has not said."""
        fact = next((one for one in self.day.members if one["id"] == member), {})
        for calendar, told in (fact.get("born") or {}).items():
            month, day = told.split("-")[-2:]
            return Birthday(month=int(month), day=int(day), lunar=calendar == "lunar")
        return None

    def coupon(self, name: str) -> str:
        """The kind of one that the day names: somebody has it when the day begins, or gets it for joining."""
        held = [fact["coupons"][name] for fact in self.day.members if name in fact.get("coupons", {})]
        return str(held[0]).partition(":")[0] if held else self.policy.join_pack[0].kind

    def vouchers(self, said: Facts) -> list[str]:
        """Of the coupons that somebody hands over, those that are money."""
        return [name for name in said.get("coupons", ()) if self.coupon(name).startswith("voucher")]

    def window(self, member: str, said: str) -> tuple[str, str]:
        """First and last day of a coupon that is for a birthday; of others there is none."""
        worth, born = self.day.rules.get("coupons", {}).get(said.partition(":")[0], ""), self.born(member)
        if _AROUND not in worth or born is None:
            return "", ""
        there = date.fromisoformat(self.day.shop.date).replace(month=born.month, day=born.day)
        return str(there - _EITHER_SIDE), str(there + _EITHER_SIDE)


def house(day: Day) -> House:
    """Raises NotRead."""
    goods = articles(day)
    return House(
        day=day,
        policy=policy(day),
        tariff=tariff(day),
        by_sku={one.sku: one for one in goods},
        by_barcode=by_barcode(goods),
        plus={one.plu: one for one in goods if one.plu is not None},
    )
