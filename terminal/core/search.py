"""Articles by what a person types: part of a name, the first letters of its pinyin, or a code's beginning."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from terminal.core.cart import Article
from terminal.core.initials import initials

TYPED_CHARS_MAX = 40
_BETWEEN = "\n"
BEGINS = "\t"
"""Before a field; in none of them, nor in anything that is looked for."""
_ENDINGS_MAX = 100
"""Of one field: what stands further behind in a name is found by nobody."""


class Index:
    """All articles in one text, so that looking through a hundred thousand is one search of C's."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        rows = [_row(article) for article in articles]
        self._text = _BETWEEN.join(["", *rows, ""])
        self._starts: list[int] = []
        at = 1
        for row in rows:
            self._starts.append(at)
            at += len(row) + 1

    def find(self, typed: str, at_most: int) -> list[Article]:
        """What begins so first, then what has it anywhere; each once, in the catalogue's order."""
        wanted = needle(typed)
        if not wanted:
            return []
        found: dict[int, Article] = {}
        for prefixed in (BEGINS + wanted, wanted):
            for place in self._places(prefixed):
                found.setdefault(place, self._articles[place])
                if len(found) >= at_most:
                    return list(found.values())
        return list(found.values())

    def _places(self, needle: str) -> Iterator[int]:
        at = self._text.find(needle)
        while at >= 0:
            place = bisect_right(self._starts, at) - 1
            yield place
            following = place + 1
            if following >= len(self._starts):
                return
            at = self._text.find(needle, self._starts[following] - 1)


def needle(typed: str) -> str:
    """What is looked for; empty: nothing."""
    # What a page sends may hold halves of characters, which no file has and none can be asked for.
    return _plain(typed).encode(errors="ignore").decode()[:TYPED_CHARS_MAX]


def words(article: Article) -> set[str]:
    """All by which it is found, whoever types their beginning; `BEGINS` stands before those of a whole field.

    Of a field's endings as much as may be typed: a long name does not make the catalogue long.
    """
    found: set[str] = set()
    for field in map(_plain, _fields(article)):
        found.update(field[at : at + TYPED_CHARS_MAX] for at in range(min(len(field), _ENDINGS_MAX)))
        found.add(BEGINS + field[:TYPED_CHARS_MAX])
    found -= {"", BEGINS}
    return found


def _row(article: Article) -> str:
    return BEGINS.join(["", *map(_plain, _fields(article))])


def _fields(article: Article) -> tuple[str, ...]:
    plu = "" if article.plu is None else str(article.plu)
    return (article.sku, plu, *article.barcodes, article.name, initials(article.name))


def _plain(text: str) -> str:
    return "".join(text.lower().split())
