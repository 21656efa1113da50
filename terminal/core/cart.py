"""What is on the counter before anybody pays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from terminal.core.commands import Measured, PumpRecord
from terminal.core.errors import (
    BadAmount,
    BadLitres,
    BadQuantity,
    CartFull,
    CatalogueUnread,
    OneFillASale,
    SoldByMeasure,
)
from terminal.core.gs1 import article_number
from terminal.core.locks import LITRES, lock_unit
from terminal.core.money import Price, half_up
from terminal.core.override import Override
from terminal.core.sold import Scope, SoldAs
from terminal.core.units import POURED, UNITS
from terminal.core.values import StaffId, Value

LINES_MAX = 200
GRAMS_MAX = 1_000_000
"""Of one article on one line: a tonne."""
PIECES_MAX = 999
"""Of one article on one line."""

LITRES_MAX = 10_000_000
"""Hundredths, of one article."""
USES_MAX = 1_000
"""Of one count card."""
FUEL = "fuel-"
"""How SKUs of grades begin."""
COUNTED = "count:"
"""How units of uses begin."""
VOUCHER = "voucher:"
"""How those of cash vouchers do."""

COUPONS_MAX = 10
"""That are handed over with the goods."""
PEOPLE_MAX = 99
"""Who come together."""
CENTILITRES_MAX = 1_000_00
"""The largest fill that may be keyed: 1,000 litres, a lorry with both tanks empty."""

_KILOGRAMS = re.compile(r"(\d{1,4})(?:\.(\d{1,3}))?", re.ASCII)
_PIECES = re.compile(r"\d{1,3}", re.ASCII)
_TOTAL = re.compile(r"(\d{1,10})(?:\.(\d{1,2}))?", re.ASCII)
_LITRES = re.compile(r"(\d{1,4})(?:\.(\d{1,2}))?", re.ASCII)


class Goods(Value, frozen=True, kw_only=True):
    """What goods are booked as."""

    sku: str
    name: str
    category: str


class Article(Goods, frozen=True, kw_only=True):
    """One thing in the catalogue."""

    price: Price
    """Fen a piece, a kilogram or a litre."""
    measured: Measured = Measured.PIECE
    barcodes: tuple[str, ...] = ()
    member_price: Price | None = None
    """What members pay, where a promotion says that there are such prices."""
    tier_prices: dict[str, Price] = {}
    """What members of a tier pay instead."""
    of: tuple[str, ...] = ()
    """Articles that it puts into the cart instead of itself: a pack with a code of its own."""
    plu: Annotated[int, Meta(ge=0, lt=10**9)] | None = None
    """Its number at the scale."""
    tax_bp: Annotated[int, Meta(ge=0, le=10_000)] = 0
    """Tax rate in hundredths of a percent; the prices include it."""
    low: Annotated[int, Meta(ge=0)] | None = None
    """Of its stock: under so many, as its quantities are counted, people are told. None: see `core.stock`."""
    cycle_days: Annotated[int, Meta(ge=1, le=3_660)] | None = None
    """So many days a piece of it lasts: then its buyer is called. None: for nobody knows how long."""
    uses: Annotated[int, Meta(ge=1, le=USES_MAX)] | None = None
    """A count card (次卡): so many uses go onto the member's wallet, the given ones among them."""
    uses_of: Annotated[tuple[str, ...], Meta(max_length=50)] = ()
    """SKUs of the services that each use may be of."""
    uses_days: Annotated[int, Meta(ge=0, le=36_600)] = 0
    """They may be used on so many days after the day of the sale; 0: for ever. So may litres."""
    litres: Annotated[int, Meta(ge=1, le=LITRES_MAX)] | None = None
    """So much fuel, in hundredths of a litre, goes onto the member's wallet."""
    grade: Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{0,8}\Z")] = ""
    """Of that fuel."""
    locked: Price | None = None
    """It is paid when it is filled, at no more than so many fen a litre; None: it is paid ahead."""
    uses_in: Scope | None = None
    """Where and when they are good; None: everywhere, always."""

    voucher: Price | None = None
    """A cash voucher: it pays so many fen, once and without change, and never ends: it was paid for."""

    def __post_init__(self) -> None:
        """Raises ValueError: uses of nothing, or services that nothing is used of."""
        if bool(self.uses) != bool(self.uses_of):
            raise ValueError(f"{self.sku}: `uses` and `uses_of` go together")
        if self.uses_in is not None and not self.uses:
            raise ValueError(f"{self.sku}: `uses_in` of no uses")
        if bool(self.litres) != bool(self.grade) or (self.locked and not self.litres):
            raise ValueError(f"{self.sku}: `litres` and `grade` go together, and `locked` with both")
        if sum(map(bool, (self.uses, self.litres, self.voucher))) > 1:
            raise ValueError(f"{self.sku}: uses, litres and a voucher are several articles")
        if self.puts and self.measured is not Measured.PIECE:
            raise ValueError(f"{self.sku}: a count card or a voucher is sold by the piece")

    @property
    def puts(self) -> int:
        """So many uses, hundredths of a litre, or fen of a voucher a piece of it puts onto a wallet."""
        return self.uses or self.litres or self.voucher or 0

    @property
    def unit_put(self) -> str:
        """In which they lie there; of a voucher without its id, which whoever books it makes."""
        if self.voucher:
            return VOUCHER
        if self.litres is None:
            return self.unit_of_uses
        return lock_unit(self.grade, self.locked) if self.locked else f"{LITRES}{self.grade}"

    @property
    def unit_of_uses(self) -> str:
        """In which they lie on a wallet."""
        return f"{COUNTED}{self.sku}"

    @property
    def sold_as(self) -> SoldAs:
        """Of a count card, the version that is sold today."""
        return SoldAs(name=self.name, uses_of=self.uses_of, scope=self.uses_in)


def by_barcode(articles: Iterable[Article]) -> Mapping[str, Article]:
    """As scans find them. A barcode that no scanner could deliver finds nothing."""
    return {
        number: article
        for article in articles
        for code in article.barcodes
        if (number := article_number(code)) is not None
    }


def called(named: Callable[[str], Article | None], sku: str) -> str:
    """What the shop calls it today; what it sells no more goes by its SKU."""
    article = named(sku)
    return article.name if article else sku


class CartLine(Value, frozen=True, kw_only=True):
    article: Article
    quantity: int
    minute: int | None = None
    """Of the day, when it was scanned: what decides on prices that begin or end meanwhile. None: when it
    is priced."""
    tare: int = 0
    """Grams of bag and bowl, that the quantity does not have in it any more."""
    labelled: int | None = None
    """Fen that its label says; that is its list price then."""
    override: Override | None = None
    done_by: StaffId | None = None
    """Who did the service; None: whoever is at the drawer."""
    used: str = ""
    """The unit of uses that pays for it; it is at list price then, and no promotion looks at it."""
    offered: str = ""
    """Local time at which that use was offered, where it is not good at every hour."""
    lock: str = ""
    """The unit of litres at a locked price that it was cut for, while prices are compared."""
    fill: Fill | None = None
    """What came out of a dispenser, and stands here among goods."""

    @property
    def grows(self) -> bool:
        """Whether one more piece of it is on the same line. Each voucher is one of its own."""
        return self.override is None and self.done_by is None and not self.article.voucher


class Presented(Value, frozen=True, kw_only=True):
    """A coupon that somebody handed over."""

    coupon: str
    account: str = ""
    """Where it lies, as far as that is known here: rights that a cart waits for are not given away."""


class Cart(Value, frozen=True, kw_only=True):
    """Lines in the order they were added."""

    lines: tuple[CartLine, ...] = ()
    coupons: tuple[Presented, ...] = ()
    """Handed over with the goods, by their codes."""

    def scanned(self, article: Article, minute: int | None = None) -> Cart:
        """One piece more of an article; the line it already has grows, if it began in the same minute.

        Raises:
            SoldByMeasure: the article is sold by weight or litre, a scan does not say how much.
            CartFull: more lines or pieces than one sale may have.
        """
        if article.measured is not Measured.PIECE:
            raise SoldByMeasure(f"{article.sku} is counted in {article.measured}")
        for place, line in enumerate(self.lines):
            if line.article == article and (line.minute == minute or article.puts) and line.grows:
                return self._with(place, replace(line, quantity=_pieces(line.quantity + 1)))
        return self._longer(CartLine(article=article, quantity=1, minute=minute))

    def keyed(self, price: int, goods: Goods, minute: int | None = None) -> Cart:
        """An amount keyed for goods without a code, as a line of its own under the name of `goods`."""
        article = Article(sku=goods.sku, name=goods.name, category=goods.category, price=price)
        return self._longer(CartLine(article=article, quantity=1, minute=minute))

    def weighed(
        self, article: Article, quantity: int, minute: int | None = None, labelled: int | None = None
    ) -> Cart:
        """So much of an article, as a line of its own: two bags are two labels."""
        line = CartLine(article=article, quantity=quantity, minute=minute, labelled=labelled)
        return self._longer(line)

    @property
    def fill(self) -> Fill | None:
        """What of it is fuel."""
        return next((line.fill for line in self.lines if line.fill), None)

    def filled(self, fill: Fill) -> Cart:
        """With that fill beside the goods.

        Raises:
            OneFillASale: another is there: each is booked under an id of its own.
            BadAmount: so little that it costs nothing.
            CartFull: more lines than one sale may have.
        """
        if self.fill is not None:
            raise OneFillASale(f"a fill of {fill.grade.grade} beside another")
        (line,) = fill.cart.lines
        return self._longer(replace(line, fill=fill))

    def counted(self, place: int, quantity: int) -> Cart:
        """So many pieces on that line, or so many grams as the scale shows, its tare in them.

        Raises:
            BadQuantity: none, too many, or of a line whose quantity was measured elsewhere.
        """
        line = self._changeable(place)
        if line.article.measured is Measured.PIECE:
            most, net = 1 if line.article.voucher else PIECES_MAX, quantity
        else:
            most, net = GRAMS_MAX, quantity - line.tare
        if not 0 < net <= most:
            raise BadQuantity(f"{quantity} of {line.article.sku}, {line.tare} tare")
        return self._with(place, replace(line, quantity=net))

    def tared(self, place: int, grams: int) -> Cart:
        """The bag's weight, taken off what the scale shows; it replaces the one before.

        Raises:
            BadQuantity: nothing would be left, or the line is not weighed here.
        """
        line = self._changeable(place)
        net = line.quantity + line.tare - grams
        if line.article.measured is not Measured.GRAM or grams < 0 or net <= 0:
            raise BadQuantity(f"{grams} tare of {line.quantity}")
        return self._with(place, replace(line, quantity=net, tare=grams))

    def renewed(self, named: Callable[[str], Article | None], minute: int | None) -> Cart:
        """At today's prices: it lay too long for those at which it was scanned. `named`: by SKU.

        What was keyed, is sold no more, or bears a label keeps its own; what a person took off is asked anew.
        """
        return replace(
            self,
            lines=tuple(
                replace(
                    line,
                    article=line.article
                    if line.labelled is not None
                    else named(line.article.sku) or line.article,
                    minute=minute,
                    override=None,
                )
                for line in self.lines
            ),
        )

    def presented(self, one: Presented) -> Cart:
        """With that coupon, once. Raises CartFull."""
        if any(one.coupon == other.coupon for other in self.coupons):
            return self
        if len(self.coupons) >= COUPONS_MAX:
            raise CartFull(f"{COUPONS_MAX} coupons")
        return replace(self, coupons=(*self.coupons, one))

    def kept(self, coupon: str) -> Cart:
        """Without that coupon: its owner keeps it."""
        return replace(self, coupons=tuple(one for one in self.coupons if one.coupon != coupon))

    def overridden(self, place: int, override: Override | None) -> Cart:
        return self._with(place, replace(self.lines[place], override=override))

    def done_by(self, place: int, staff: StaffId) -> Cart:
        """That line's service was done by that person."""
        return self._with(place, replace(self.lines[place], done_by=staff))

    def paid_by_uses(self, place: int, unit: str, pieces: int, offered: str = "") -> Cart:
        """So many pieces of that line are paid by uses; the rest stays a line of its own."""
        line = self._changeable(place)
        if line.article.measured is not Measured.PIECE or not 0 < pieces <= line.quantity:
            raise BadQuantity(f"{pieces} uses of {line.quantity}")
        used = replace(line, quantity=pieces, used=unit, offered=offered, override=None)
        rest = replace(line, quantity=line.quantity - pieces)
        after = (used, rest) if rest.quantity else (used,)
        return replace(self, lines=(*self.lines[:place], *after, *self.lines[place + 1 :]))

    def poured_ahead(self, place: int, unit: str, litres: int) -> Cart:
        """So many hundredths of a litre of that line were paid ahead; the rest stays a line of its own.

        What the dispenser says of it is shared by litres, to the fen.
        """
        line = self.lines[place]
        whole = line.labelled or half_up(line.quantity * line.article.price, UNITS[line.article.measured])
        fen = half_up(whole * litres, line.quantity)
        used = replace(line, quantity=litres, labelled=fen, used=unit)
        rest = replace(line, quantity=line.quantity - litres, labelled=whole - fen)
        after = (used, rest) if rest.quantity else (used,)
        return replace(self, lines=(*self.lines[:place], *after, *self.lines[place + 1 :]))

    def asked_anew(self, before: Cart, place: int, operator: StaffId) -> Cart:
        """Without what somebody beside the operator took off that line, if more is on it than `before`."""
        line, then = self.lines[place], before.lines[place]
        if line.quantity <= then.quantity or line.override is None or line.override.by == operator:
            return self
        return self.overridden(place, None)

    def _changeable(self, place: int) -> CartLine:
        line = self.lines[place] if 0 <= place < len(self.lines) else None
        if line is None or line.labelled is not None or line.article.measured in POURED:
            raise BadQuantity(f"line {place}")
        return line

    def _with(self, place: int, line: CartLine) -> Cart:
        return replace(self, lines=(*self.lines[:place], line, *self.lines[place + 1 :]))

    def without(self, place: int) -> Cart:
        """The line with that index taken out; the cart unchanged when it has no such line."""
        return replace(self, lines=tuple(line for at, line in enumerate(self.lines) if at != place))

    def _longer(self, line: CartLine) -> Cart:
        if len(self.lines) >= LINES_MAX:
            raise CartFull(f"{LINES_MAX} lines")
        return replace(self, lines=(*self.lines, line))


def _pieces(count: int) -> int:
    if count > PIECES_MAX:
        raise CartFull(f"{PIECES_MAX} pieces on one line")
    return count


class Family(StrEnum):
    """Points families; fuel grades belong to one of the others."""

    GOODS = "goods"
    PETROL = "petrol"
    DIESEL = "diesel"
    GAS = "gas"


FUELS = (Family.PETROL, Family.DIESEL, Family.GAS)


class GradeUnit(StrEnum):
    """In what a dispenser counts a grade, and prices it."""

    LITRE = "litre"
    KILOGRAM = "kg"  # compressed or liquid gas
    CUBIC_METRE = "m3"

    @property
    def measured(self) -> Measured:
        """Of its hundredths."""
        return _MEASURED[self]


_MEASURED = {
    GradeUnit.LITRE: Measured.CENTILITRE,
    GradeUnit.KILOGRAM: Measured.DECAGRAM,
    GradeUnit.CUBIC_METRE: Measured.CENTICUBIC,
}


class Grade(Value, frozen=True, kw_only=True):
    """A fuel grade as this station sells it."""

    grade: str
    """`92`, `95`, `98`, `0`, `-10`."""
    name: str
    family: Family
    price: Price
    """Fen a litre, or what it is counted in."""
    unit: GradeUnit = GradeUnit.LITRE

    def priced(self, price: int) -> Grade:
        """The same at another price, such as the dispenser's."""
        return replace(self, price=price)

    def as_sold(self, named: Callable[[str], Article | None]) -> Grade:
        """At the station's price of now: the catalogue's, where it has that fuel by the same measure.

        `named`: the article of a SKU. A catalogue that cannot be read keeps no pump from selling.
        """
        try:
            article = named(f"{FUEL}{self.grade}")
        except CatalogueUnread:
            return self
        if article is None or article.measured is not self.unit.measured:
            return self
        return self.priced(article.price)


class Fill(Value, frozen=True, kw_only=True):
    """A fill: as it was keyed, or as the dispenser recorded it."""

    grade: Grade
    """At the price of the moment when it was released."""
    centilitres: int
    fen: int | None = None
    """The dispenser's own amount: it stands. None: nobody but the attendant says what flowed."""
    nozzle: int = 0
    """Which one it came out of; 0: nobody says."""
    of: str = ""
    """The id under which the dispenser keeps its record; empty: it keeps none."""

    @property
    def cart(self) -> Cart:
        """The fill as what is on the counter.

        Raises:
            BadAmount: so little that it costs nothing.
        """
        grade, fen = self.grade, self.fen
        if fen is None:
            fen = half_up(self.centilitres * grade.price, UNITS[grade.unit.measured])
        if fen <= 0 or self.centilitres <= 0:
            raise BadAmount(f"{self.centilitres} centilitres cost nothing")
        article = Article(
            sku=f"{FUEL}{grade.grade}",
            name=grade.name,
            category=grade.family,
            price=grade.price,
            measured=grade.unit.measured,
        )
        return Cart(lines=(CartLine(article=article, quantity=self.centilitres, labelled=self.fen),))

    @property
    def record(self) -> PumpRecord | None:
        """As its sale says it; None: no dispenser recorded it."""
        if self.fen is None or not self.of:
            return None
        return PumpRecord(
            nozzle=self.nozzle,
            grade=self.grade.grade,
            price=self.grade.price,
            centilitres=self.centilitres,
            fen=self.fen,
        )


def centilitres(text: str) -> int:
    """Litres as a person keys them off the pump, at most two places: "27.1" is 2710.

    Raises:
        BadLitres: not a number of that form, zero, or more than a fill may be.
    """
    found = _LITRES.fullmatch(text.strip())
    if found is None:
        raise BadLitres(f"not litres: {len(text)} characters")
    whole, places = found.groups(default="")
    counted = int(whole) * 100 + int(places.ljust(2, "0"))
    if not 0 < counted <= CENTILITRES_MAX:
        raise BadLitres(f"{counted} centilitres")
    return counted


def totaliser(text: str) -> int:
    """What a nozzle has dispensed since it was made, as a person keys it off the pump; may be nothing.

    Raises:
        BadLitres: not a number of that form.
    """
    found = _TOTAL.fullmatch(text.strip())
    if found is None:
        raise BadLitres(f"no totaliser: {len(text)} characters")
    whole, places = found.groups(default="")
    return int(whole) * 100 + int(places.ljust(2, "0"))


def pieces(text: str) -> int:
    """A count as a person keys it. Raises BadQuantity."""
    if not _PIECES.fullmatch(text.strip()):
        raise BadQuantity(f"not a count: {len(text)} characters")
    return int(text)


def people(text: str) -> int:
    """How many came together, at least one. Raises BadQuantity."""
    count = pieces(text)
    if not 0 < count <= PEOPLE_MAX:
        raise BadQuantity(f"{count} people")
    return count


def grams(text: str) -> int:
    """Kilograms as a person keys them off the scale, at most three places: "1.25" is 1250.

    Raises BadQuantity.
    """
    found = _KILOGRAMS.fullmatch(text.strip())
    if found is None:
        raise BadQuantity(f"not kilograms: {len(text)} characters")
    whole, places = found.groups(default="")
    return int(whole) * 1000 + int(places.ljust(3, "0"))
