"""What all promotions have in common: a name, a time, whom and what they are for, and a reason when not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from terminal.core.cart import Article, CartLine, Goods
from terminal.core.commands import HAD_NAME, Grant, Measured
from terminal.core.money import Price, PriceOrNothing, shown
from terminal.core.pricing.limit import ONCE, Each, Limit
from terminal.core.pricing.visit import Buyer, Counted, Day, Visit
from terminal.core.screens import Message, says
from terminal.core.values import Value

Name = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\Z")]
"""As the receipt prints it."""

Percent = Annotated[int, Meta(ge=0, le=100)]
"""Of the price, what is paid."""

_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d\Z"
Clock = Annotated[str, Meta(pattern=_CLOCK, description="a time like 20:00")]
Several = Annotated[int, Meta(ge=1, le=99)]


class NotYet(Value, frozen=True, kw_only=True):
    """Why a promotion did not touch this sale, as a page can show it."""

    promotion: str
    why: Message
    missing: int
    """Fen of goods more and it would; 0: not for money."""
    kept_out: bool = False
    """Of a coupon that is held, whose place something better has."""
    held: bool = False
    """Of a coupon that is held."""
    used_up: bool = False
    """The member has had it, and it is for something in the cart."""


class Part(Struct, kw_only=True):
    """A cart line, or those of its pieces that a pack took; the engine's own, and changed by it."""

    place: int
    """Of its line in the cart."""
    line: CartLine
    quantity: int
    gross: int
    pack: bool = False

    @property
    def article(self) -> Article:
        return self.line.article

    @property
    def pieces(self) -> int:
        """What is weighed or poured is one."""
        return self.quantity if self.line.article.measured is Measured.PIECE else 1


class Promotion(Value, frozen=True, kw_only=True):
    """The envelope. A subclass is a rule: one file in `rules`, one line in `RULES`."""

    TOLD: ClassVar[bool] = False
    """Whether the attendant is told of it as soon as somebody is known who may have it, or had it."""
    ASKS: ClassVar[str] = ""
    """What of a visit the counter is to ask for it: `people` or `friend`."""
    GIVES_PIECE: ClassVar[bool] = False
    """Whether it makes one piece free: then it is for nothing that is weighed or poured."""
    GOODS_ALONE: ClassVar[bool] = False
    """Whether it is for no cash voucher that is sold."""

    id: str
    """Under which it was published; coupons name it as their kind."""
    name: Name
    announced: Day | None = None
    """From when screens speak of it, where that is before it begins."""
    since: Day | None = None
    until: Day | None = None
    """First and last business day on which buying counts."""
    opens: Clock | None = None
    closes: Clock | None = None
    """Local time at which an article is scanned: from `opens` to before `closes`, over midnight too. Without
    one of them: from or to midnight."""
    weekdays: tuple[Annotated[int, Meta(ge=1, le=7)], ...] = ()
    """Monday is 1. Empty: all."""
    days: tuple[Annotated[int, Meta(ge=1, le=31)], ...] = ()
    """Of the month. Empty: all."""
    members: bool = False
    tiers: tuple[str, ...] = ()
    """Of members. Empty: all."""
    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    """What it is for, by either; both empty: everything."""
    but_not: tuple[str, ...] = ()
    """Articles left out."""
    once: bool = False
    """A person has it once in a lifetime, where `limit` says nothing else."""
    limit: Limit | None = None
    """How often a person has it. None: as often as they come. Only of who is known by name."""
    not_with: tuple[str, ...] = ()
    """Ids of those that are not had in the same sale; one of two may name the other. The better is taken."""

    def __post_init__(self) -> None:
        """Raises ValueError: accounts are called by what is counted, and cannot be called so."""
        if self.bound and not HAD_NAME.fullmatch(self.counts_as):
            raise ValueError("counted by a name of 1 to 64 characters, without a colon")

    @property
    def bound(self) -> Limit | None:
        return self.limit or (ONCE if self.once else None)

    @property
    def counts_as(self) -> str:
        """By what it is counted; those that are counted by one name share what may be had."""
        return self.id

    def counted(self, visit: Visit) -> Counted | None:
        """None: it is had as often as they come, or nobody knows their birthday."""
        limited = self._limited(visit)
        return limited[0] if limited else None

    def _limited(self, visit: Visit) -> tuple[Counted, int] | None:
        """And how often it is had."""
        if self.bound is None:
            return None
        period = self.bound.period(visit)
        return (Counted(self.counts_as, period), self.bound.times) if period else None

    def left(self, visit: Visit) -> int:
        """How often it may be had yet, where that is bounded."""
        limited, had = self._limited(visit), visit.buyer.had if visit.buyer else None
        if limited is None or had is None:
            return 0
        counted, times = limited
        return max(0, times - had.get(counted, 0))

    def covers(self, goods: Goods) -> bool:
        if goods.sku in self.but_not:
            return False
        if not self.categories and not self.skus:
            return True
        return goods.category in self.categories or goods.sku in self.skus

    @property
    def hours(self) -> tuple[str, str]:
        """From when to before when, the whole day where nothing is said of it."""
        return self.opens or "00:00", self.closes or "24:00"

    def open_at(self, minute: int) -> bool:
        """Whether something scanned in that minute of the day is in time."""
        opens, closes = (minute_of(clock) for clock in self.hours)
        return opens <= minute < closes if opens < closes else minute >= opens or minute < closes

    def refuses(self, visit: Visit) -> Message | None:
        """What keeps it from this visit, whatever is bought. None: nothing does."""
        if self.since and visit.business_day < self.since:
            return says("From {day}", day=self.since)
        if self.until and visit.business_day > self.until:
            return says("It ended on {day}", day=self.until)
        if not self._today(visit):
            return says("Not today")
        return self._turns_away(visit)

    def _turns_away(self, visit: Visit) -> Message | None:
        buyer = visit.buyer
        if buyer is None:
            return says("For members") if self.members or self.tiers or self.bound else None
        if self.tiers and buyer.tier not in self.tiers:
            return says("For another tier")
        return self._no_more(self.bound, buyer, visit) if self.bound and not self.left(visit) else None

    def _no_more(self, bound: Limit, buyer: Buyer, visit: Visit) -> Message:
        if buyer.had is None:
            return says("Nobody here knows who had it before")
        return self._had(bound) if self.counted(visit) else says("On the birthday")

    def _had(self, bound: Limit) -> Message:
        match bound.each:
            case Each.VISIT:
                return says("{name}: no more with this visit", name=self.name)
            case Each.DAY:
                return says("{name}: no more today", name=self.name)
            case Each.MONTH:
                return says("{name}: no more this month", name=self.name)
            case Each.YEAR:
                return says("{name}: no more this year", name=self.name)
            case Each.BIRTHDAY:
                return says("{name}: no more for this birthday", name=self.name)
            case Each.EVER:
                once = says("{name}: once a person only", name=self.name)
                return once if bound.times == 1 else says("None left of {name}", name=self.name)

    def used_up(self, visit: Visit) -> bool:
        """Whether nothing else keeps it from them than that they had it."""
        buyer = visit.buyer
        if buyer is None or buyer.had is None or self.left(visit):
            return False
        return self.refuses(replace(visit, buyer=replace(buyer, had={}))) is None

    def taken(self, pieces: int, visit: Visit) -> int:
        """How often it was had by a line of so many pieces, or by the sale."""
        del pieces, visit
        return 1

    def _today(self, visit: Visit) -> bool:
        day = visit.day
        return (not self.weekdays or day.isoweekday() in self.weekdays) and (
            not self.days or day.day in self.days
        )

    def spoken_of(self, visit: Visit) -> bool:
        """Whether it is worth a word: it runs, or it was announced."""
        if self.until and visit.business_day > self.until:
            return False
        return visit.business_day >= (self.announced or self.since or "")

    def not_yet(self, why: Message, missing: int = 0) -> NotYet:
        return NotYet(promotion=self.name, why=why, missing=missing)

    def more(self, missing: int) -> NotYet:
        """So many fen of goods more, and it applies."""
        return self.not_yet(says("{sum} more for {name}", sum=shown(missing), name=self.name), missing)

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        """Of what it is for, at the right time, there is something: `parts`. Yet it did not touch it."""
        del parts, visit
        return self.not_yet(says("Another price is better"))


class LinePrice(Promotion, frozen=True, kw_only=True):
    """The price of one line. Each line takes one: the best for the member."""

    ONE_LINE: ClassVar[bool] = False
    """Whether it is had for one line a sale only: the one where it saves most."""

    def net(self, part: Part, visit: Visit) -> int | None:
        """What the line costs under it, in fen; None: it says nothing of this line."""
        raise NotImplementedError

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        if all(self.net(part, visit) is None for part in parts):
            return self.not_yet(says("For other articles"))
        return super().why_not(parts, visit)


class PackPrice(Promotion, frozen=True, kw_only=True):
    """A fixed price for articles bought together; they take no other promotion then."""

    price: Price
    contents: Annotated[tuple[tuple[str, Several], ...], Meta(min_length=1, max_length=20)]
    """`[sku, pieces]` of each."""


class OrderDiscount(Promotion, frozen=True, kw_only=True):
    """Off the sum of the lines after their prices, and shared over them. A sale takes one: the best."""

    def amounts(self, eligible: int) -> Sequence[int]:
        """Every amount that `eligible` fen have reached, the largest first."""
        raise NotImplementedError

    def step(self, eligible: int) -> int:
        """Fen from `eligible` to the next amount; 0: there is none."""
        raise NotImplementedError


class Earned(Promotion, frozen=True, kw_only=True):
    """Something that is given for spending enough."""

    reach: PriceOrNothing = 0
    """Fen that are to be spent on what it is for."""

    def due(self, spent: int, visit: Visit) -> bool:
        """Whether `spent` fen, after what the whole order has off, have earned it."""
        del visit
        return spent >= self.reach

    def step(self, spent: int) -> int:
        """Fen that are lacking."""
        return max(0, self.reach - spent)


class Gift(Earned, frozen=True, kw_only=True):
    """Something that is put into the bag for nothing."""

    sku: str
    article: Name
    category: str = "gift"
    price: PriceOrNothing
    """What it costs others: its line shows it, and the gift takes it off; 0 where nobody can buy it."""
    count: Several = 1
    sample: bool = False
    """To be tried: what it costs is booked as the cost of samples."""


class GivenCoupon(Value, frozen=True, kw_only=True):
    """Coupons that a sale gives its buyer for another day; the ids are the caller's to make."""

    kind: str
    face: int
    threshold: int
    count: int
    since: str = ""
    until: str = ""
    """First and last business day of use; empty: no bound."""


class GivenVoucher(Value, frozen=True, kw_only=True):
    """Cash vouchers that a sale gives its buyer; the ids are the caller's to make."""

    worth: int
    """Fen that each pays."""
    count: int
    since: str = ""
    until: str = ""
    """First and last business day of use; empty: no bound."""


class Later(Earned, frozen=True, kw_only=True):
    """Something for another day: it takes nothing off this sale."""

    unit: str = ""
    """Of what who brought the buyer gets uses; not with a sale of the same: an entry has one lot of it."""

    def given(self, visit: Visit) -> GivenCoupon | GivenVoucher | Grant:
        """A `Grant` is for who brought the buyer along."""
        raise NotImplementedError


class PointsFactor(Promotion, frozen=True, kw_only=True):
    """What points are multiplied by. It changes no price, and all that fit are multiplied with each other."""

    @property
    def factor(self) -> tuple[int, int]:
        """So many times, divided by so many."""
        raise NotImplementedError


class Coupon(Promotion, frozen=True, kw_only=True):
    """What coupons of a kind are worth. A sale takes one: the best of those that were shown."""

    alone: bool = False
    """Not together with a discount on the order: the better of the two is taken."""
    on_list: bool = False
    """Whether its threshold looks at list prices; else at what is left after all other discounts."""
    threshold: PriceOrNothing = 0
    one_piece: bool = False
    """Only off the dearest piece."""

    def amount(self, spent: int, dearest: int) -> int:
        """Fen off what it is for, which comes to `spent`; `dearest`: what its dearest piece costs."""
        raise NotImplementedError


def minute_of(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
