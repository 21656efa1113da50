"""What the counter sells by: articles and promotions, one set of them and one moment for each customer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from terminal.core.card_kinds import CardKind, CardUse, may
from terminal.core.cart import Article, Cart
from terminal.core.catalogue import Articles
from terminal.core.commands import Occasion
from terminal.core.commission import Rates
from terminal.core.ports import Ids
from terminal.core.pricing import (
    Benefits,
    Buyer,
    HeldCoupon,
    Priced,
    Tariff,
    TierAlone,
    Visit,
    earned,
    less,
    priced,
    priced_with_locks,
)
from terminal.core.screens import Message
from terminal.core.stock import Stock, Uncounted, low
from terminal.core.trust import Holder
from terminal.core.units import POURED
from terminal.core.values import StaffId
from terminal.desk.session import Session, minute_of


class Offer(Struct, frozen=True, kw_only=True):
    articles: Articles
    tariff: Tariff
    manifests: Mapping[str, str] = {}
    """Of the data sets that it was made of, by name; what is not among them came from the terminal's file."""


class Prices:
    """A new offer waits for the next customer: nobody pays another price than was shown."""

    def __init__(  # noqa: PLR0913  what it needs of the counter, each by its name
        self,
        offer: Offer,
        session: Session,
        ids: Ids,
        benefits: Benefits | None = None,
        *,
        stock: Stock | None = None,
        rates: Rates | None = None,
        kinds: Sequence[CardKind] = (),
        released: Occasion | None = None,
    ) -> None:
        """`kinds`: of cards; who has one that is not for discounts pays what everybody pays.

        `released`: of one fill, which is priced as of then; None: of whoever is served.
        """
        self._next = offer
        self._session = session
        self._ids = ids
        self._benefits = benefits or TierAlone()
        self._stock = stock or Uncounted()
        self._rates = rates or Rates()
        self._kinds = kinds
        if released is None:
            self.begin()
        else:
            self.offer = offer
            minute = minute_of(released.wall_ms, released.utc_offset_min)
            self._at = Visit(business_day=released.business_day, minute=minute)

    def renew(self, offer: Offer) -> None:
        self._next = offer

    def begin(self) -> None:
        """A customer comes."""
        self.offer = self._next
        self._session.sold_by = self.offer.manifests
        self._at = Visit(business_day=self._session.occasion().business_day, minute=self._session.minute())

    def short(self, cart: Cart) -> tuple[Article, int] | None:
        """What was added last of which little is left once this cart is gone, and how much."""
        taken: Counter[str] = Counter()
        for line in cart.lines:
            taken[line.article.sku] += line.quantity
        for line in reversed(cart.lines):
            left = self._stock.left(line.article.sku)
            if left is not None and left - taken[line.article.sku] < low(line.article):
                return line.article, left - taken[line.article.sku]
        return None

    def minute(self) -> int:
        """When something is scanned, as far as prices know the difference."""
        return self.offer.tariff.stretch(self._session.minute())

    def occasion(self, operator: StaffId | None = None) -> Occasion:
        """What is sold now, by this offer."""
        return self._session.occasion(operator, sold_by=self.offer.manifests)

    def time_of(self, wall_ms: int) -> str:
        return self._session.time_shown(wall_ms)

    def new_id(self) -> str:
        """Of what waits here."""
        return self._ids.new()

    @property
    def people(self) -> int:
        return self._at.people

    @property
    def friend(self) -> bool:
        return self._at.friend

    def came(self, people: int = 1, *, friend: bool = False) -> None:
        """How many came together, and whether one of them was brought along for the first time."""
        self._at = replace(self._at, people=people, friend=friend)

    def now(self, cart: Cart) -> Priced:
        """For nobody in particular."""
        return self._bill(cart, self._at)

    def by_tier(self, cart: Cart, tier: str) -> Priced:
        """For whoever has that tier, and nothing else that prices ask for."""
        return self._bill(cart, replace(self._at, buyer=Buyer(tier=tier)))

    async def of(self, cart: Cart, holder: Holder | None, coupons: Sequence[HeldCoupon] = ()) -> Priced:
        """See `core.ports.Desk.price`."""
        if holder is None or not self._less(holder):
            return self.now(cart)
        buyer = replace(await self._benefits.of(holder), coupons=tuple(coupons))
        if _pours(cart):
            filled = buyer.newcomer and await self._benefits.filled(holder)
            buyer = replace(buyer, locks=await self._benefits.locks(holder), filled=filled)
        return self._bill(cart, await self._known(replace(self._at, buyer=buyer), holder))

    async def listed(self, cart: Cart, holder: Holder) -> Priced:
        """See `core.ports.Desk.price_listed`."""
        visit = self._at
        if self._less(holder):
            visit = await self._known(replace(visit, buyer=await self._benefits.of(holder)), holder)
        return priced(cart, visit, self.offer.tariff.of_points)

    async def allowed(self, holder: Holder) -> tuple[Message, ...]:
        """What they may have free now, and what of it they had."""
        if not self._less(holder):
            return ()
        visit = replace(self._at, buyer=await self._benefits.of(holder))
        return tuple(self.offer.tariff.told(await self._known(visit, holder)))

    def _less(self, holder: Holder) -> bool:
        return may(self._kinds, holder.card_kind, CardUse.DISCOUNT)

    async def _known(self, visit: Visit, holder: Holder) -> Visit:
        """With how much they had of what they may have only so often, where prices ask for it."""
        counted = self.offer.tariff.counted(visit)
        if not counted or visit.buyer is None:
            return visit
        had = await self._benefits.had(holder, counted)
        return replace(visit, buyer=replace(visit.buyer, had=had))

    def _bill(self, cart: Cart, visit: Visit) -> Priced:
        bill = less(priced_with_locks(cart, visit, self.offer.tariff), cart)
        return earned(bill, cart, self._rates, self.occasion().operator)


def _pours(cart: Cart) -> bool:
    return any(line.article.measured in POURED for line in cart.lines)
