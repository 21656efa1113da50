"""The catalogue as files beside the ledger: one state of it a file, which is read and never written again.

A new state is written beside the one that is sold, and takes its name when it is whole and durable: whoever
reads goes on with what was opened, and no power cut leaves half of either. What is asked for is read when it
is asked for, so that a hundred thousand articles take no memory and no part of a start.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import msgspec

from terminal.core.cart import Article
from terminal.core.catalogue import ARTICLES_MAX, Articles
from terminal.core.errors import CatalogueUnread
from terminal.core.gs1 import article_number
from terminal.core.search import BEGINS, needle, words
from terminal.runtime.durable import give_to_owner, sync_folder
from terminal.runtime.threads import Threads
from terminal.store.lane import Lane
from terminal.store.queries import statements_of

log = logging.getLogger(__name__)

_LAST = "\U0010ffff"
"""Behind all that begins with what stands before it."""
_TABLES = ("articles", "codes", "words", "about")
_CACHE_KIB = 16_384
"""Of pages, while a state is written."""
_PUT = 50
"""Articles in one go: whoever is at the counter waits no longer."""
_REFUSED_MAX = 100
_ALL = 500
"""Read at once, where somebody wants all of them."""

_article = msgspec.json.Decoder(Article)


class Taken(Exception):
    """A code or a number that another article has already; `str()` is what is taken, `by` its SKU."""

    def __init__(self, what: str, by: str) -> None:
        super().__init__(what)
        self.by = by


class TooMany(Exception):
    """More articles than a catalogue may have."""


class ArticleFile:
    """The `Articles` port over one state. Reading one takes microseconds, on whichever thread asks."""

    def __init__(self, path: Path) -> None:
        """Raises CatalogueUnread."""
        self._sql = statements_of("catalogue.sql")
        try:
            # Nobody writes what has its name already: it needs no locks, and no other file beside it.
            self._file = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
        except sqlite3.Error as fault:
            raise _unread(fault) from fault
        try:
            self.version = self.said("version")
        except CatalogueUnread:
            self._file.close()
            raise

    def close(self) -> None:
        self._file.close()

    def __del__(self) -> None:
        """Whoever sells by it last lets go of it."""
        if hasattr(self, "_file"):
            self._file.close()

    def said(self, name: str) -> str:
        """Of the state itself; empty: nothing."""
        rows = self._rows("said", name)
        return str(rows[0][0]) if rows else ""

    def scanned(self, code: str) -> Article | None:
        return self._one("by_code", code)

    def weighed(self, plu: int) -> Article | None:
        return self._one("by_plu", plu)

    def named(self, sku: str) -> Article | None:
        return self._one("by_sku", sku)

    def find(self, typed: str, at_most: int) -> Sequence[Article]:
        wanted = needle(typed)
        if not wanted:
            return []
        places: dict[int, None] = {}
        for begin in (BEGINS + wanted, wanted):
            # What was found at a beginning is found once more, so as many again are asked for.
            for (place,) in self._rows("found", begin, begin + _LAST, at_most + len(places)):
                places.setdefault(place)
            if len(places) >= at_most:
                break
        return [found for place in list(places)[:at_most] if (found := self._one("by_place", place))]

    def each(self) -> Iterator[Article]:
        """All of them, by SKU."""
        after = ""
        while rows := self._rows("all", after, _ALL):
            for row in rows:
                article = _decoded(row)
                after = article.sku
                yield article

    def __len__(self) -> int:
        return int(self._rows("count")[0][0])

    def _one(self, name: str, key: str | int) -> Article | None:
        rows = self._rows(name, key)
        return _decoded(rows[0]) if rows else None

    def _rows(self, name: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._file.execute(self._sql[name], values).fetchall()
        except sqlite3.Error as fault:
            raise _unread(fault) from fault


def _decoded(row: tuple[Any, ...]) -> Article:
    try:
        return _article.decode(row[0])
    except msgspec.MsgspecError as fault:
        raise _unread(fault) from fault


def _unread(fault: Exception) -> CatalogueUnread:
    log.error("the catalogue cannot be read: %s", fault)
    return CatalogueUnread(f"the catalogue: {fault}")


class NewState:
    """A state that is being written. `keep` or `drop` ends it; until `keep` nothing of it is sold."""

    def __init__(self, path: Path, *, over: Path | None = None) -> None:
        """Begins as a copy of `over`, or empty. Raises OSError; BlockingIOError: somebody else writes one."""
        self._path, self._fresh = path, path.with_name(f"{path.name}-new")
        # Root imports, and the folder is the terminal's: no link is followed.
        self._lock = os.open(self._fresh, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            _lock_named(self._lock, self._fresh)
            os.ftruncate(self._lock, 0)
            give_to_owner(self._fresh)  # Root imports, and the terminal reads.
            if over is not None:
                shutil.copyfile(over, self._fresh)
            self._file = _writable(self._fresh)
        except BaseException:
            os.close(self._lock)
            raise
        self._sql = statements_of("catalogue.sql")
        try:
            if over is None:
                for table in _TABLES:
                    self._do(table)
            self._count = int(self._do("count").fetchone()[0])
        except BaseException:
            self.drop()
            raise

    def put(self, article: Article) -> bool:
        """False: it is there, and just so. Raises Taken or TooMany, and has changed nothing then."""
        body = msgspec.json.encode(article)
        known = self._do("place", article.sku).fetchone()
        if known is not None and known[1] == body:
            return False
        before = _decoded(known[1:]) if known else None
        codes = _codes(article)
        self._check_free(article, codes)
        if before is None or known is None:
            self._add(article, body, codes)
            return True
        place = known[0]
        self._do("change", article.plu, body, place)
        self._moved("code", _codes(before), codes, place)
        self._moved("word", words(before), words(article), place)
        return True

    def named(self, sku: str) -> Article | None:
        row = self._do("by_sku", sku).fetchone()
        return _decoded(row) if row else None

    def say(self, name: str, value: str) -> None:
        """Of the state itself."""
        self._do("say", name, value)

    def keep(self) -> ArticleFile:
        """It is durable, and what is sold from now on. Raises OSError or sqlite3.Error: it was dropped."""
        try:
            self._file.execute("COMMIT")
            self._file.close()
            os.fsync(self._lock)
            opened = ArticleFile(self._fresh)
            self._fresh.replace(self._path)
        except BaseException:
            self.drop()
            raise
        self._release()
        sync_folder(self._path.parent)
        return opened

    def drop(self) -> None:
        """Where it was ended already this does nothing."""
        self._file.close()
        if self._lock >= 0:
            self._fresh.unlink(missing_ok=True)
            self._release()

    def _release(self) -> None:
        os.close(self._lock)
        self._lock = -1

    def _do(self, name: str, *values: object) -> sqlite3.Cursor:
        return self._file.execute(self._sql[name], values)

    def _check_free(self, article: Article, codes: set[str]) -> None:
        for code in sorted(codes):
            row = self._do("owner_of_code", code).fetchone()
            if row and row[0] != article.sku:
                raise Taken(code, row[0])
        if article.plu is not None:
            row = self._do("owner_of_plu", article.plu).fetchone()
            if row and row[0] != article.sku:
                raise Taken(str(article.plu), row[0])

    def _add(self, article: Article, body: bytes, codes: set[str]) -> None:
        if self._count >= ARTICLES_MAX:
            raise TooMany(f"{ARTICLES_MAX} articles")
        place = self._do("add", article.sku, article.plu, body).lastrowid
        self._count += 1
        self._moved("code", set(), codes, place or 0)
        self._moved("word", set(), words(article), place or 0)

    def _moved(self, what: str, before: set[str], after: set[str], place: int) -> None:
        gone = sorted(before - after)
        dropped = [(one,) if what == "code" else (one, place) for one in gone]
        self._file.executemany(self._sql[f"drop_{what}"], dropped)
        added = [(one, place) for one in sorted(after - before)]
        self._file.executemany(self._sql[f"add_{what}"], added)


def _lock_named(file: int, path: Path) -> None:
    """Raises BlockingIOError: somebody else has it, or had it and it has that name no more."""
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(file), path.stat()):
            return
    raise BlockingIOError("another state ended just now: what it locked is sold, or gone")


def _codes(article: Article) -> set[str]:
    return {number for code in article.barcodes if (number := article_number(code))}


def _writable(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    # It is made durable as a whole, or is none: neither a journal nor a sync in between is of use.
    for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
        file.execute(f"PRAGMA {setting}")
    file.execute("BEGIN IMMEDIATE")
    return file


class CatalogueFiles:
    """The `Catalogues` port: the shop's own beside the ledger as `.articles`, what is made as `.published`.

    A shop that imported none sells what its terminal's file lists.
    """

    def __init__(self, ledger: Path, listed: Articles, threads: Threads) -> None:
        self.path, self._made = own_path(ledger), ledger.with_suffix(".published")
        self._listed = listed
        self._threads = threads

    def own(self) -> Articles:
        if not self.path.exists():
            return self._listed
        try:
            return ArticleFile(self.path)
        except CatalogueUnread as fault:
            return Unreadable(str(fault))

    def made(self, key: str) -> tuple[Articles, Sequence[str]] | None:
        if not self._made.exists():
            return None
        try:
            found = ArticleFile(self._made)
            if found.said("key") == key:
                return found, [line for line in found.said("refused").split("\n") if line]
            found.close()
        except CatalogueUnread:
            log.error("what headquarters published is put together again")  # noqa: TRY400  the cause is said
        return None

    def last_made(self) -> Articles | None:
        """What was put together last, whatever of; to ask about one article."""
        with suppress(CatalogueUnread):
            return ArticleFile(self._made) if self._made.exists() else None
        return None

    async def make(
        self, key: str, articles: AsyncIterator[Sequence[Article]], refused: list[str], *, own: bool
    ) -> Articles:
        lane = Lane("catalogue", self._threads)
        try:
            over = self.path if own and self.path.exists() else None
            state = await lane.do(lambda: NewState(self._made, over=over))
            try:
                if own and over is None:
                    listed = self._listed.each()
                    while some := list(islice(listed, _PUT)):
                        refused += await lane.do(partial(_put, state, some))
                async for found in articles:
                    for start in range(0, len(found), _PUT):
                        refused += await lane.do(partial(_put, state, found[start : start + _PUT]))
                said = "\n".join(refused[:_REFUSED_MAX])
                return await lane.do(partial(_kept, state, key, said))
            except BaseException:
                await lane.do(state.drop)
                raise
        finally:
            await lane.end()


class Unreadable:
    """The `Articles` port over a file that does not open."""

    version = ""

    def __init__(self, why: str) -> None:
        self._why = why

    def _raise(self, *_asked: object) -> NoReturn:
        raise CatalogueUnread(self._why)

    scanned = weighed = named = find = each = _raise


def own_path(ledger: Path) -> Path:
    """Of what the shop imported."""
    return ledger.with_suffix(".articles")


def _put(state: NewState, articles: Sequence[Article]) -> list[str]:
    refused = []
    for article in articles:
        try:
            state.put(article)
        except Taken as fault:
            refused.append(f"article {article.sku}: {fault} is of {fault.by}")
        except TooMany as fault:
            refused.append(f"article {article.sku}: more than {fault}")
    return refused


def _kept(state: NewState, key: str, refused: str) -> ArticleFile:
    state.say("key", key)
    state.say("refused", refused)
    state.say("version", sha256(key.encode()).hexdigest())
    return state.keep()
