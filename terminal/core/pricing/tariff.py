"""All promotions of a shop, read strictly: a bad one is refused by name, the others work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from terminal.core.cart import Article, Goods
from terminal.core.commands import Measured
from terminal.core.pricing.promotion import (
    Coupon,
    Gift,
    Later,
    LinePrice,
    NotYet,
    OrderDiscount,
    PackPrice,
    PointsFactor,
    Promotion,
    minute_of,
)
from terminal.core.pricing.rules import RULES
from terminal.core.pricing.rules.coupon_amount import CouponAmount
from terminal.core.pricing.rules.friend_gets import FriendGets
from terminal.core.pricing.visit import Counted, HeldCoupon, Visit
from terminal.core.screens import Message, says
from terminal.core.shape import Problem, did_you_mean, problems
from terminal.core.values import Value

PROMOTIONS_MAX = 500
ARTICLES_KEPT_MAX = 5_000
"""For so many kinds of goods a tariff remembers what is for them."""

_ORDER = {rule: place for place, rule in enumerate(RULES.values())}

P = TypeVar("P", bound=Promotion)


class Live(Struct, frozen=True, kw_only=True):
    """What one visit may have, and why not the rest."""

    lines: Sequence[LinePrice]
    packs: Sequence[PackPrice]
    orders: Sequence[OrderDiscount]
    coupons: Sequence[tuple[HeldCoupon, Coupon]]
    gifts: Sequence[Gift]
    later: Sequence[Later]
    points: Sequence[PointsFactor]
    faces: Sequence[Coupon]
    """Of the coupons, those that no promotion says anything of: they are for everything."""
    refused: Sequence[NotYet]
    had: Sequence[Promotion]
    """Those that it may have no more, and nothing else keeps from it."""

    def all(self) -> list[Promotion]:
        coupons = {one.id: one for _, one in self.coupons}
        return [*self.lines, *self.packs, *self.orders, *self.gifts, *self.later, *coupons.values()]


class Tariff:
    """Promotions in the order of `RULES`, and among one rule's in the order of their ids."""

    def __init__(self, promotions: Iterable[Promotion] = ()) -> None:
        self.promotions = tuple(
            sorted(promotions, key=lambda one: (_ORDER.get(type(one), len(_ORDER)), one.id))
        )
        self._covering = lru_cache(maxsize=ARTICLES_KEPT_MAX)(self._cover)
        self._kinds = {one.id: one.name for one in self.promotions if isinstance(one, Coupon)}
        self.asks = frozenset(one.ASKS for one in self.promotions) - {""}
        """What of a visit the counter is to ask."""
        self.gives_bringers = any(isinstance(one, FriendGets) for one in self.promotions)
        """Whether who joins is to say who brought them."""
        self._bound = [one for one in self.promotions if one.bound]
        self.rivals = _rivals(self.promotions)
        """By id, those that are not had in the same sale."""
        self._lately: tuple[Visit, Live] | None = None
        self._turns = {0} | {minute_of(at) for one in self.promotions for at in (one.opens, one.closes) if at}

    @property
    def of_points(self) -> Tariff:
        """What of it changes no price, and multiplies points."""
        return Tariff(_of(PointsFactor, self.promotions))

    def coupon_name(self, kind: str) -> str:
        """As members read it; empty: it takes nothing off by now."""
        return self._kinds.get(kind, "")

    def counted(self, visit: Visit) -> list[Counted]:
        """What is to be known of the buyer: how much they had of what they may have today only so often."""
        if visit.buyer is None:
            return []
        fresh = replace(visit, buyer=replace(visit.buyer, had={}))
        some = [one.counted(fresh) for one in self.promotions if one.refuses(fresh) is None]
        return [one for one in dict.fromkeys(some) if one]

    def told(self, visit: Visit) -> list[Message]:
        """What they may have free, and what of it they had."""
        found: list[Message] = []
        for one in self._bound:
            if one.TOLD and one.used_up(visit) and (why := one.refuses(visit)):
                found.append(why)
            elif one.TOLD and one.refuses(visit) is None:
                found.append(says("{name}: {count} left", name=one.name, count=str(one.left(visit))))
        return found

    def stretch(self, minute: int) -> int:
        """The last minute up to `minute` at which some promotion opened or closed.

        Articles scanned in one stretch are priced alike, and may share a line.
        """
        return max(turn for turn in self._turns if turn <= minute)

    def covering(self, article: Article) -> tuple[Promotion, ...]:
        """Those that are for such goods, at some time and for somebody."""
        pieces, paper = article.measured is Measured.PIECE, article.voucher is not None
        return self._covering(article.sku, article.category, pieces, paper)

    def _cover(self, sku: str, category: str, pieces: bool, paper: bool) -> tuple[Promotion, ...]:  # noqa: FBT001  a key
        goods = Goods(sku=sku, name="", category=category)
        return tuple(
            one
            for one in self.promotions
            if one.covers(goods) and (pieces or not one.GIVES_PIECE) and not (paper and one.GOODS_ALONE)
        )

    def live(self, visit: Visit) -> Live:
        """The same again for the customer who is asked about again."""
        if self._lately is None or self._lately[0] != visit:
            self._lately = (visit, self._live(visit))
        return self._lately[1]

    def _live(self, visit: Visit) -> Live:
        may: list[Promotion] = []
        refused: list[NotYet] = []
        had: list[Promotion] = []
        for one in self.promotions:
            why = one.refuses(visit)
            if why is None:
                may.append(one)
            elif one.used_up(visit):
                had.append(one)
            elif one.spoken_of(visit) and not isinstance(one, PointsFactor):
                refused.append(one.not_yet(why))
        coupons, late = self._coupons(visit, _of(Coupon, may))
        return Live(
            lines=_of(LinePrice, may),
            packs=_of(PackPrice, may),
            orders=_of(OrderDiscount, may),
            coupons=coupons,
            gifts=_of(Gift, may),
            later=_of(Later, may),
            points=_of(PointsFactor, may),
            faces=list({one.id: one for held, one in coupons if held.kind not in self._kinds}.values()),
            refused=[*refused, *late],
            had=had,
        )

    def _coupons(
        self, visit: Visit, kinds: Sequence[Coupon]
    ) -> tuple[list[tuple[HeldCoupon, Coupon]], list[NotYet]]:
        """Those held that may be used today, and why not the others."""
        terms = {one.id: one for one in kinds}
        found: list[tuple[HeldCoupon, Coupon]] = []
        late: dict[str, NotYet] = {}
        for held in visit.buyer.coupons if visit.buyer else ():
            worth = terms.get(held.kind) if held.kind in self._kinds else _face(held)
            if worth is None:
                continue
            if why := held.refuses(visit.business_day):
                late[held.kind] = worth.not_yet(why)
            else:
                found.append((held, worth))
        usable = {held.kind for held, _ in found}
        return found, [why for kind, why in late.items() if kind not in usable]


def _face(held: HeldCoupon) -> Coupon | None:
    """One whose kind nothing is said of is worth its face, for everything."""
    if not held.face:
        return None
    id_ = f"coupon:{held.kind}"  # No promotion's own, whatever that is called.
    return CouponAmount(id=id_, name=held.kind, less=held.face, threshold=held.threshold)


class Refusal(Value, frozen=True, kw_only=True):
    """A promotion that cannot be used, by its name, and all that is wrong with it."""

    id: str
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        return "\n".join(f"{self.id}: {one}" for one in self.problems)


def parsed(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[Tariff, tuple[Refusal, ...]]:
    """From ids and what was written for each, as JSON or TOML give it."""
    good: dict[str, Promotion] = {}
    bad: list[Refusal] = []
    for id_, said in rows:
        found = _promotion(id_, said)
        if isinstance(found, Promotion) and id_ not in good and len(good) < PROMOTIONS_MAX:
            good[id_] = found
        else:
            twice = "there before" if id_ in good else f"more than {PROMOTIONS_MAX}"
            wrong = (Problem(where="", what=twice),) if isinstance(found, Promotion) else tuple(found)
            bad.append(Refusal(id=id_, problems=wrong))
    return Tariff(good.values()), tuple(bad)


def _promotion(id_: str, said: Mapping[str, Any]) -> Promotion | list[Problem]:
    rule = said.get("rule")
    kind = RULES.get(rule) if isinstance(rule, str) else None
    if kind is None:
        near = did_you_mean(rule, RULES) if isinstance(rule, str) else f" (one of {', '.join(RULES)})"
        return [Problem(where="rule", what=f"no such rule{near}")]
    try:
        return msgspec.convert({**said, "id": id_}, kind)
    except msgspec.ValidationError as fault:
        rest = {key: value for key, value in said.items() if key != "rule"}
        return problems({**rest, "id": id_}, kind) or [Problem(where="", what=str(fault))]


def _sharing(promotions: Iterable[Promotion]) -> dict[str, list[str]]:
    """By id, those that are counted by one name: two of them in one sale would have twice what is left."""
    named: dict[str, list[str]] = {}
    for one in promotions:
        named.setdefault(one.counts_as, []).append(one.id)
    return {id_: ids for ids in named.values() if len(ids) > 1 for id_ in ids}


def _rivals(promotions: Sequence[Promotion]) -> dict[str, frozenset[str]]:
    """Both ways, and only those that have some."""
    found: dict[str, set[str]] = {}
    sharing = _sharing(promotions)
    for one in promotions:
        for other in (*one.not_with, *sharing.get(one.id, ())):
            found.setdefault(one.id, set()).add(other)
            found.setdefault(other, set()).add(one.id)
    return {id_: frozenset(others - {id_}) for id_, others in found.items()}


def _of(stage: type[P], promotions: Sequence[Promotion]) -> list[P]:
    return [one for one in promotions if isinstance(one, stage)]
