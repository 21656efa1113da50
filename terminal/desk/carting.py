"""Goods come onto the counter: scanned, keyed, found by name, weighed, counted, taken out, put aside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from msgspec.structs import replace

from terminal.core.cart import Article, Cart, CartLine, Fill, Presented, grams, pieces
from terminal.core.cart import people as people_keyed
from terminal.core.codes import ArticleCode, CouponCode
from terminal.core.commands import Measured
from terminal.core.errors import (
    BadQuantity,
    Cancelled,
    CouponReserved,
    NothingDue,
    NothingFound,
    Refused,
    UnknownArticle,
)
from terminal.core.labels import label_in, weighed
from terminal.core.money import amount, shown
from terminal.core.parked import ParkedCart, ParkedCarts, reserved
from terminal.core.policy import Policy
from terminal.core.pricing import Priced
from terminal.core.screens import Choice, Intent, Keying, Line, Message, State, sale_lines, says
from terminal.core.stock import shown_stock
from terminal.core.trust import masked
from terminal.core.units import POURED
from terminal.desk.doing import DONE_BY, Doing
from terminal.desk.heard import Touched
from terminal.desk.prices import Prices
from terminal.desk.question import CANCEL, Question, Questions

FOUND_MAX = 8
"""Articles on one screen of a search."""
_DONE = Choice(do="done", label=says("That is all"), key="Enter")
_FIND = Choice(do="find", label=says("Find"))
_FUEL = Choice(do="fuel", label=says("Fuel"))
_PARK = Choice(do="park", label=says("Park"))
_FRIEND = Choice(do="friend", label=says("A friend comes for the first time"))
_NO_FRIEND = Choice(do="friend", label=says("Without a new friend"))
_LESS = Choice(do="pick", value="less", label=says("Take off"))
_OTHERWISE = frozenset({_LESS.value, DONE_BY.value})
T = TypeVar("T")
_COUPON = "coupon:"
"""Begins what a line stands for that is no line of the cart."""
_ASIDE = {"change", "find", "fuel", "park", "unpark", "people"}
"""What a question of its own is asked for, or the disk."""


class Carting:
    def __init__(self, questions: Questions, policy: Policy, prices: Prices, parked: ParkedCarts) -> None:
        self._questions = questions
        self._policy = policy
        self._prices = prices
        self._parked = parked
        self.override: Callable[[Cart, int], Awaitable[Cart]] | None = None
        """Takes something off a line; None: nobody may here."""
        self.where: Callable[[str], Awaitable[Presented]]
        """On which account a coupon lies here. Set by whoever has the ledger."""
        self.doing: Doing | None = None
        self.fill: Callable[[], Awaitable[Fill]] | None = None
        """Asks for what came out of a dispenser; None: no fuel is sold here."""

    async def filled(self, prompt: str) -> Cart:
        """See `core.ports.Desk.fill_cart`."""
        cart, refusal = Cart(), None
        while True:
            cart, intent = await self._scanning(prompt, cart, refusal)
            if intent.do == "done":
                return cart
            try:
                cart, refusal = await self._aside(cart, intent), None
            except Cancelled:
                refusal = None
            except Refused as why:
                refusal = why

    async def _scanning(self, prompt: str, cart: Cart, refusal: Refused | None) -> tuple[Cart, Intent]:
        """Until a touch asks for more than one line more or less."""
        with self._questions.asking(ArticleCode, CouponCode) as question:
            if refusal is not None:
                question.refuse(refusal)
            while True:
                bill = self._prices.now(cart)
                self._show(prompt, cart, bill, question)
                heard = await question.heard()
                if question.trouble is None:
                    question.wait()
                try:
                    match heard:
                        case Touched(intent=Intent(do="done") as intent):
                            return _worth(cart, bill), intent
                        case Touched(intent=intent) if intent.do in _ASIDE:
                            return cart, intent
                        case ArticleCode(code=code):
                            cart = self._priceable(self._scanned(cart, code))
                        case CouponCode(coupon=coupon):
                            cart = cart.presented(await self._free(coupon))
                        case Touched(intent=intent):
                            cart = self._priceable(self._touched(cart, intent))
                        case _:
                            continue
                except Refused as why:
                    question.refuse(why)

    def _priceable(self, cart: Cart) -> Cart:
        """Raises OverLimit: it comes to more than one transaction may be."""
        self._prices.now(cart)
        return cart

    def _touched(self, cart: Cart, intent: Intent) -> Cart:
        if intent.do == "key":
            return cart.keyed(amount(intent.value), self._policy.keyed_article, self._prices.minute())
        if intent.do == "friend":
            self._prices.came(self._prices.people, friend=not self._prices.friend)
        if intent.do != "remove":
            return cart
        if intent.value.startswith(_COUPON):
            return cart.kept(intent.value.removeprefix(_COUPON))
        return cart.without(int(intent.value))

    @property
    def reserved(self) -> tuple[Presented, ...]:
        """Coupons that parked carts keep for themselves."""
        return reserved(self._parked.all(), self._prices.occasion().wall_ms)

    async def _free(self, coupon: str) -> Presented:
        """Raises CouponReserved."""
        if any(coupon == one.coupon for one in self.reserved):
            raise CouponReserved("by a parked cart")
        return await self.where(coupon)

    def _scanned(self, cart: Cart, code: str) -> Cart:
        """An article, or what a scale printed for one. The catalogue's own in-store codes come first."""
        articles, minute = self._prices.offer.articles, self._prices.minute()
        article = articles.scanned(code)
        if article is not None:
            return self._added(cart, article)
        label = label_in(code, self._policy.scale_labels)
        article = articles.weighed(label.plu) if label else None
        if label is None or article is None:
            raise UnknownArticle(f"{len(code)} digits")
        found = weighed(label, article)
        return cart.weighed(article, found.quantity, minute, found.labelled)

    def _added(self, cart: Cart, article: Article) -> Cart:
        """One piece more of it, or of each article that a pack consists of."""
        for sku in article.of:
            part = self._prices.offer.articles.named(sku)
            if part is None or part.of:
                raise UnknownArticle(f"{sku} of {article.sku}")
            cart = cart.scanned(part, self._prices.minute())
        return cart if article.of else cart.scanned(article, self._prices.minute())

    # With a question of its own

    async def _aside(self, cart: Cart, intent: Intent) -> Cart:
        match intent.do:
            case "change":
                place, operator = int(intent.value), self._prices.occasion().operator
                changed = await self._changed(cart, place)
                return self._priceable(changed.asked_anew(cart, place, operator))
            case "find":
                return self._priceable(await self._found(cart))
            case "fuel" if self.fill is not None:
                return self._priceable(cart.filled(await self.fill()))
            case "people":
                await self._counted()
                return self._priceable(cart)
            case "park":
                await self._put_aside(cart)
                self._prices.came()
                return Cart()
            case _:
                return await self._taken_back(intent.value)

    async def _changed(self, cart: Cart, place: int) -> Cart:
        """The line's quantity, what its bag weighs, or what a person takes off it."""
        if self.override is not None and cart.lines[place].labelled is not None:
            return await self.override(cart, place)  # Its quantity is the label's.
        line = cart.counted(place, cart.lines[place].quantity + cart.lines[place].tare).lines[place]
        title = says("{name}", name=line.article.name)
        if line.article.measured is Measured.PIECE:

            def counted(text: str) -> Cart | str:
                return text if text in _OTHERWISE else cart.counted(place, pieces(text))

            said = await self._keyed(title, counted, Keying.PIECES, line, self._otherwise(line))
            return await self._beside(cart, place, said) if isinstance(said, str) else said
        weigh = Choice(do="pick", value="weight", label=says("Weight"))
        tare = Choice(do="pick", value="tare", label=says("Tare"))
        what = await self._questions.picked(title, [weigh, tare, *self._otherwise(line)])
        if what in _OTHERWISE:
            return await self._beside(cart, place, what)
        if what == "tare":
            asks = says("How much does the bag of {name} weigh?", name=line.article.name)
            return await self._keyed(asks, lambda text: cart.tared(place, grams(text)), Keying.WEIGHT, line)
        asks = says("How much does {name} weigh?", name=line.article.name)
        return await self._keyed(asks, lambda text: cart.counted(place, grams(text)), Keying.WEIGHT, line)

    def _otherwise(self, line: CartLine) -> tuple[Choice, ...]:
        """What else is changed about a line than how much of it there is."""
        less = (_LESS,) if self.override is not None else ()
        return (*less, DONE_BY) if self.doing is not None and self.doing.asks(line) else less

    async def _beside(self, cart: Cart, place: int, what: str) -> Cart:
        if what == _LESS.value:
            return await self.override(cart, place) if self.override is not None else cart
        return await self.doing.done(cart, place) if self.doing is not None else cart

    async def _keyed(
        self,
        title: Message,
        usable: Callable[[str], T],
        keying: Keying,
        line: CartLine,
        choices: tuple[Choice, ...] = (),
    ) -> T:
        lines = [Line(label=says("Up to now"), value=_quantity(line))]
        if self.doing is not None and self.doing.asks(line):
            lines.append(self.doing.line(line))
        return await self._questions.keyed(title, usable, keying=keying, lines=tuple(lines), choices=choices)

    async def _found(self, cart: Cart) -> Cart:
        """An article by name, first letters or code; what is weighed asks for its weight."""
        articles = self._prices.offer.articles

        def known(text: str) -> Sequence[Article]:
            found = articles.find(text, FOUND_MAX)
            if not found:
                raise NothingFound(f"{len(text)} characters")
            return found

        found = await self._questions.keyed(says("Which article?"), known, keying=Keying.SEARCH)
        buttons = [
            Choice(
                do="pick",
                value=article.sku,
                label=says("{name} {price}", name=article.name, price=shown(article.price)),
            )
            for article in found
        ]
        picked = await self._questions.picked(says("Which article?"), buttons)
        article = next(one for one in found if one.sku == picked)
        if article.measured is Measured.PIECE:
            return self._added(cart, article)
        if article.measured in POURED:
            raise BadQuantity(f"{article.sku} is poured")
        minute = self._prices.minute()
        asks = says("How much does {name} weigh?", name=article.name)

        def weighed_here(text: str) -> Cart:
            longer = cart.weighed(article, 1, minute)
            return longer.counted(len(cart.lines), grams(text))

        return await self._questions.keyed(asks, weighed_here, keying=Keying.WEIGHT)

    async def _counted(self) -> None:
        """How many came together."""
        asks = says("How many came together?")
        people = await self._questions.keyed(asks, people_keyed, keying=Keying.PIECES)
        self._prices.came(people, friend=self._prices.friend)

    async def _put_aside(self, cart: Cart) -> None:
        """The customer forgot something; the next one is served."""
        due = self._prices.now(cart).due
        at = self._prices.occasion()
        await self._parked.put(
            ParkedCart(
                id=self._prices.new_id(),
                cart=cart,
                wall_ms=at.wall_ms,
                business_day=at.business_day,
                due=due,
            )
        )

    async def _taken_back(self, id_: str) -> Cart:
        parked = await self._parked.take(id_)
        if parked is None:
            return Cart()
        at = self._prices.occasion()
        if parked.fresh(at.wall_ms) and at.business_day == parked.business_day:
            return parked.cart
        return parked.cart.renewed(self._prices.offer.articles.named, self._prices.minute())

    def _show(self, prompt: str, cart: Cart, bill: Priced, question: Question) -> None:
        parked = [] if bill.lines else [self._button(one) for one in self._parked.all()]
        lines = tuple(
            replace(line, changes=True) if line.ref else line for line in sale_lines(bill.lines, bill.places)
        )
        coupons = tuple(
            Line(label=says("Coupon {number}", number=masked(one.coupon)), ref=f"{_COUPON}{one.coupon}")
            for one in cart.coupons
        )
        self._questions.ask(
            State.CART,
            says(prompt),
            question,
            amount=shown(bill.due),
            lines=(*lines, *coupons),
            hint=bill.hint,
            choices=self._choices(cart) if bill.lines else (*parked, *self._more(cart), CANCEL),
            keying=Keying.AMOUNT,
            advice=self._advice(cart),
        )

    def _choices(self, cart: Cart) -> tuple[Choice, ...]:
        """With a fill it is not put aside: what a dispenser recorded waits there, and is sold once."""
        parks = () if cart.fill else (_PARK,)
        return (_DONE, *self._who(), *self._more(cart), *parks, CANCEL)

    def _more(self, cart: Cart) -> tuple[Choice, ...]:
        return (_FIND, _FUEL) if self.fill is not None and cart.fill is None else (_FIND,)

    def _advice(self, cart: Cart) -> Message | None:
        if (first := self._questions.opening_card) is not None:
            return says("Card presented: {number}", number=masked(first.number))
        if (short := self._prices.short(cart)) is not None:
            article, left = short
            shown_left = shown_stock(article, left)
            return says("{left} of {name} left. Tell the manager.", left=shown_left, name=article.name)
        return None

    def _who(self) -> Iterator[Choice]:
        """What some promotion asks about those who came."""
        asks = self._prices.offer.tariff.asks
        if "people" in asks:
            yield Choice(do="people", label=says("People: {count}", count=str(self._prices.people)))
        if "friend" in asks:
            yield _NO_FRIEND if self._prices.friend else _FRIEND

    def _button(self, parked: ParkedCart) -> Choice:
        when = self._prices.time_of(parked.wall_ms)
        label = says("Parked at {time}: {sum}", time=when, sum=shown(parked.due))
        return Choice(do="unpark", value=parked.id, label=label)


def _worth(cart: Cart, bill: Priced) -> Cart:
    """Raises NothingDue: no way of paying takes nothing, unless promotions left nothing to pay."""
    if not bill.due and not any(line.discounts for line in bill.lines):
        raise NothingDue(f"{len(cart.lines)} lines")
    return cart


def _quantity(line: CartLine) -> str:
    if line.article.measured is Measured.PIECE:
        return str(line.quantity)
    return f"{line.quantity // 1000}.{line.quantity % 1000:03d} kg"
