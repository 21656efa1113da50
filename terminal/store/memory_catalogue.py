"""The twin of the catalogue's files in memory: for tests and simulations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence

from terminal.core.cart import Article
from terminal.core.catalogue import Articles, Listed
from terminal.core.gs1 import article_number


class MemoryCatalogues:
    """The `Catalogues` port over lists."""

    def __init__(self, listed: Listed) -> None:
        self.listed = listed
        self._made: tuple[str, Articles, Sequence[str]] | None = None

    def own(self) -> Articles:
        return self.listed

    def made(self, key: str) -> tuple[Articles, Sequence[str]] | None:
        return self._made[1:] if self._made and self._made[0] == key else None

    async def make(
        self, key: str, articles: AsyncIterator[Sequence[Article]], refused: list[str], *, own: bool
    ) -> Articles:
        skus = {article.sku: article for article in self.listed.articles} if own else {}
        async for some in articles:
            for article in some:
                if taken := _taken(article, skus.values()):
                    refused.append(taken)
                else:
                    skus[article.sku] = article
        made = Listed(list(skus.values()), key)
        self._made = (key, made, tuple(refused))
        return made


def _taken(article: Article, others: Collection[Article]) -> str:
    wanted = set(filter(None, map(article_number, article.barcodes)))
    for other in others:
        if other.sku == article.sku:
            continue
        if shared := sorted(wanted & {article_number(code) for code in other.barcodes}, key=str):
            return f"article {article.sku}: {shared[0]} is of {other.sku}"
        if article.plu is not None and article.plu == other.plu:
            return f"article {article.sku}: {article.plu} is of {other.sku}"
    return ""
