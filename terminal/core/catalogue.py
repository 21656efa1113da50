"""What is sold: articles by the code on them, by their number at the scale, by SKU, and by what is typed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from terminal.core.cart import LITRES_MAX, USES_MAX, Article, by_barcode
from terminal.core.commands import Measured
from terminal.core.money import Price
from terminal.core.search import Index
from terminal.core.sold import Scope
from terminal.core.values import Value

ARTICLES_MAX = 200_000
"""Of one shop."""


class Articles(Protocol):
    """One state of the catalogue, which never changes: another state is another one.

    Each raises CatalogueUnread where it lies in a file that cannot be read.
    """

    @property
    def version(self) -> str:
        """The same for the same articles and prices; in hex."""
        ...

    def scanned(self, code: str) -> Article | None:
        """By a number as `gs1.article_number` spells it."""
        ...

    def weighed(self, plu: int) -> Article | None:
        """By its number at the scale."""
        ...

    def named(self, sku: str) -> Article | None: ...

    def find(self, typed: str, at_most: int) -> Sequence[Article]:
        """By part of a name, of its first letters or of a code: what begins so first, each once."""
        ...

    def each(self) -> Iterator[Article]:
        """All of them."""
        ...


class Catalogues(Protocol):
    """Where states of it are kept: what the shop keeps itself, and what headquarters makes of that."""

    def own(self) -> Articles: ...

    def made(self, key: str) -> tuple[Articles, Sequence[str]] | None:
        """What was made last, and what was refused then, where it was made under that key."""
        ...

    async def make(
        self, key: str, articles: AsyncIterator[Sequence[Article]], refused: list[str], *, own: bool
    ) -> Articles:
        """`own`: they are put over the shop's own; else they are all there is.

        Who cannot be taken, for its code is another's, is named in `refused`, as others were before.
        """
        ...


class ArticleRow(Struct, frozen=True, kw_only=True):
    """Of the set `articles`, by the article's SKU; see `cart.Article`. The set `prices` may have its price.

    What headquarters says beyond this is for terminals that know more.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    category: str = "-"
    price: Price | None = None
    measured: Measured = Measured.PIECE
    barcodes: tuple[str, ...] = ()
    member_price: Price | None = None
    tier_prices: dict[str, Price] = {}
    of: tuple[str, ...] = ()
    plu: Annotated[int, Meta(ge=0, lt=10**9)] | None = None
    tax_bp: Annotated[int, Meta(ge=0, le=10_000)] = 0
    low: Annotated[int, Meta(ge=0)] | None = None
    cycle_days: Annotated[int, Meta(ge=1, le=3_660)] | None = None
    uses: Annotated[int, Meta(ge=1, le=USES_MAX)] | None = None
    uses_of: Annotated[tuple[str, ...], Meta(max_length=50)] = ()
    uses_days: Annotated[int, Meta(ge=0, le=36_600)] = 0
    uses_in: Scope | None = None
    litres: Annotated[int, Meta(ge=1, le=LITRES_MAX)] | None = None
    grade: Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{0,8}\Z")] = ""
    locked: Price | None = None
    voucher: Price | None = None


class PriceRow(Value, frozen=True, kw_only=True):
    """Of the set `prices`, by the article's SKU."""

    price: Price
    member_price: Price | None = None
    tier_prices: dict[str, Price] = {}


class Listed:
    """In memory, as a terminal's file lists them."""

    def __init__(self, articles: Sequence[Article], version: str = "") -> None:
        self.version = version
        self.articles = articles
        self._codes = by_barcode(articles)
        self._plus = {article.plu: article for article in articles if article.plu is not None}
        self._skus = {article.sku: article for article in articles}
        self._index = Index(articles)

    def scanned(self, code: str) -> Article | None:
        return self._codes.get(code)

    def weighed(self, plu: int) -> Article | None:
        return self._plus.get(plu)

    def named(self, sku: str) -> Article | None:
        return self._skus.get(sku)

    def find(self, typed: str, at_most: int) -> Sequence[Article]:
        return self._index.find(typed, at_most)

    def each(self) -> Iterator[Article]:
        return iter(self.articles)
