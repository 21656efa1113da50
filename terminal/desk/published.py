"""What headquarters publishes, as the counter works by it: articles, prices, promotions, staff.

A set that is active takes the place of what the shop says itself: promotions and articles all of them, prices
article by article. A row is hostile until it was parsed; a bad one is refused by its key, and the rest works.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import NoReturn

import msgspec
from msgspec.structs import asdict, replace

from terminal.core.cart import Article
from terminal.core.catalogue import ArticleRow, Articles, Catalogues, Listed, PriceRow
from terminal.core.pricing import Refusal, Tariff, parsed
from terminal.core.sets import DataSets
from terminal.core.shape import Problem
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.sets import Row, SetName
from terminal.desk.employed import Employed, employed
from terminal.desk.prices import Offer

log = logging.getLogger(__name__)

_ROWS = 100
"""Read at once: whoever is at the counter waits no longer than for so many."""
_AGAIN_S = 5.0
"""An active set that is not here in whole is fetched; so long until it is looked for again."""
SOLD_BY = (SetName.PROMOTIONS, SetName.ARTICLES, SetName.PRICES)
READ_BY = (*SOLD_BY, SetName.STAFF)


_price = msgspec.json.Decoder(PriceRow)
_article = msgspec.json.Decoder(ArticleRow)
_table = msgspec.json.Decoder(dict[str, object])


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop says itself."""

    catalogues: Catalogues
    tariff: Tariff

    @property
    def offer(self) -> Offer:
        return own_offer(self.catalogues.own(), self.tariff)


def own_offer(articles: Articles, tariff: Tariff) -> Offer:
    # What the terminal's file lists is named by that file's own version.
    manifests = {} if isinstance(articles, Listed) else {SetName.PRICES.value: articles.version}
    return Offer(articles=articles, tariff=tariff, manifests=manifests)


class Published:
    """Watches which sets are active. Call `run` under supervision, `look` after each entry."""

    def __init__(
        self,
        own: Own,
        sets: DataSets,
        active: Callable[[], Mapping[str, str]],
        sells: Callable[[Offer], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._own = own
        self._sets = sets
        self._active = active
        self._sells = sells
        self._sleep = sleep
        self.employs: Callable[[Employed], None] = lambda _people: None
        """Told who works here, where headquarters says it."""
        self._news = asyncio.Event()
        self._imports = self._imports_sold = 0
        """Other catalogues of the shop's own since the start, and those by which the counter sells now."""
        self._sold: dict[str, str] = {}
        """The manifests by which the counter sells now."""
        self.refused: tuple[str, ...] = ()
        """Rows that cannot be used, with the reasons."""

    def look(self) -> None:
        """Cheap: something was booked, perhaps a directive."""
        if self._wanted() != self._sold or self._imports != self._imports_sold:
            self._news.set()

    def look_again(self) -> None:
        """The shop's own catalogue is another one."""
        self._imports += 1
        self.look()

    @property
    def articles_published(self) -> bool:
        """Whether articles are headquarters', and the shop's own are not sold."""
        return SetName.ARTICLES in self._wanted()

    async def run(self) -> NoReturn:
        self.look()
        while True:
            await self._news.wait()
            self._news.clear()
            wanted, imports = self._wanted(), self._imports
            again = imports != self._imports_sold
            if wanted == self._sold and not again:
                continue
            if not await self._whole(wanted):
                await self._sleep(_AGAIN_S)
                self._news.set()
                continue
            refused = await self._heard(wanted, again=again)
            self._sold, self.refused = wanted, tuple(refused)
            self._imports_sold = imports
            for one in refused:
                log.error("published, and not used: %s", one)
            log.info("sold by: %s", ", ".join(sorted(wanted)) or "what the shop says itself")

    async def _heard(self, wanted: Mapping[str, str], *, again: bool) -> list[str]:
        """Tells the counter what is new of it; what of it cannot be used."""
        refused: list[str] = []
        manifest = wanted.get(SetName.STAFF)
        if manifest is not None and manifest != self._sold.get(SetName.STAFF):
            async with aclosing(self._rows(manifest)) as rows:
                people = await employed(rows, refused)
            if people is not None:
                self.employs(people)
        sold = {name.value: wanted[name] for name in SOLD_BY if name in wanted}
        if again or any(sold.get(name) != self._sold.get(name) for name in SOLD_BY):
            found, wrong = await self._read(sold)
            refused += wrong
            self._sells(found)
        return refused

    def _wanted(self) -> dict[str, str]:
        active = self._active()
        return {name: active[name] for name in READ_BY if name in active}

    async def _whole(self, wanted: Mapping[str, str]) -> bool:
        return all([await self._sets.whole(manifest) for manifest in wanted.values()])

    async def _read(self, wanted: Mapping[str, str]) -> tuple[Offer, list[str]]:
        refused: list[str] = []
        articles, tariff, own = self._own.catalogues.own(), self._own.tariff, True
        if SetName.ARTICLES in wanted or SetName.PRICES in wanted:
            articles, own = await self._published(articles, wanted, refused), False
        if (manifest := wanted.get(SetName.PROMOTIONS)) is not None:
            tariff = await self._tariff(manifest, refused)
        manifests = {**own_offer(articles, tariff).manifests, **wanted} if own else dict(wanted)
        return Offer(articles=articles, tariff=tariff, manifests=manifests), refused

    async def _published(self, own: Articles, wanted: Mapping[str, str], refused: list[str]) -> Articles:
        """As it was put together before, where it is of just these."""
        whole = SetName.ARTICLES in wanted
        key = f"{wanted.get(SetName.ARTICLES, own.version)} {wanted.get(SetName.PRICES, '')}"
        if (made := self._own.catalogues.made(key)) is not None:
            refused += made[1]
            return made[0]
        found = self._whole_articles(wanted, refused) if whole else self._priced(own, wanted, refused)
        async with aclosing(found) as articles:
            return await self._own.catalogues.make(key, articles, refused, own=not whole)

    async def _whole_articles(
        self, wanted: Mapping[str, str], refused: list[str]
    ) -> AsyncGenerator[list[Article], None]:
        """Headquarters' own, with the prices of the other set where it has them; both come by SKU."""
        manifest = wanted.get(SetName.PRICES)
        async with (
            aclosing(self._rows(manifest)) as prices,
            aclosing(self._rows(wanted[SetName.ARTICLES])) as rows,
        ):
            price = await anext(prices, None)
            some: list[Article] = []
            async for row in rows:
                while price is not None and price.key < row.key:
                    price = await anext(prices, None)
                said = price.value if price is not None and price.key == row.key else None
                if (article := _article_of(row, said, refused)) is not None:
                    some.append(article)
                if len(some) == _ROWS:
                    yield some
                    some = []
            yield some

    async def _priced(
        self, own: Articles, wanted: Mapping[str, str], refused: list[str]
    ) -> AsyncGenerator[list[Article], None]:
        """The shop's own, at headquarters' prices."""
        async with aclosing(self._rows(wanted[SetName.PRICES])) as rows:
            some: list[Article] = []
            async for row in rows:
                if (article := own.named(row.key)) is None:
                    continue
                if (priced := _priced(article, row.value, refused)) is not None:
                    some.append(priced)
                if len(some) == _ROWS:
                    yield some
                    some = []
            yield some

    async def _tariff(self, manifest: str, refused: list[str]) -> Tariff:
        said: list[tuple[str, Mapping[str, object]]] = []
        async with aclosing(self._rows(manifest)) as rows:
            async for row in rows:
                try:
                    said.append((row.key, _table.decode(row.value)))
                except UNREADABLE:
                    bad = Refusal(id=row.key, problems=(Problem(where="", what="not a JSON object"),))
                    refused.append(f"promotion {_shown(str(bad))}")
        tariff, wrong = parsed(said)
        refused += [f"promotion {_shown(str(one))}" for one in wrong]
        return tariff

    async def _rows(self, manifest: str | None) -> AsyncGenerator[Row, None]:
        after = ""
        while manifest and (rows := await self._sets.rows(manifest, after, _ROWS)):
            for row in rows:
                yield row
            after = rows[-1].key


def _article_of(row: Row, price: bytes | None, refused: list[str]) -> Article | None:
    try:
        said = _article.decode(row.value)
        article = Article(sku=row.key, **{**asdict(said), "price": said.price or 0})
    except (ValueError, *UNREADABLE) as fault:  # Contents may contradict each other.
        refused.append(f"article {_shown(row.key)}: {_shown(str(fault))}")
        return None
    if price is not None and (priced := _priced(article, price, refused)) is not None:
        return priced
    if said.price is None:
        refused.append(f"article {_shown(row.key)}: no price")
        return None
    return article


def _priced(article: Article, price: bytes, refused: list[str]) -> Article | None:
    try:
        said = _price.decode(price)
    except UNREADABLE as fault:
        refused.append(f"price of {_shown(article.sku)}: {_shown(str(fault))}")
        return None
    return replace(article, price=said.price, member_price=said.member_price, tier_prices=said.tier_prices)


def _shown(text: str) -> str:
    """Without control characters, whatever was published."""
    return "".join(one if one.isprintable() else " " for one in text)[:300]
