"""`terminal catalogue import`, `export` and `count`: the shop's own articles from a table, and into one."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from terminal.config import Settings, load_in_place
from terminal.core.cart import Article
from terminal.core.catalogue import Articles, Listed
from terminal.core.cells import BadCell, BadHead, RefusedRow
from terminal.core.errors import CatalogueUnread
from terminal.core.listing import (
    Column,
    article_in,
    cells_of,
    check_counts,
    count_in,
    head_of,
    heads,
    tiers_of,
)
from terminal.core.receipts.words import spoken
from terminal.maintenance.facts import Counted, Renewed
from terminal.maintenance.socket import Unanswered, asked
from terminal.runtime.bounds import bound_memory
from terminal.runtime.durable import put
from terminal.store.catalogue import (
    CatalogueFiles,
    NewState,
    Taken,
    TooMany,
    Unreadable,
    own_path,
)
from terminal.store.ledger import THREADS
from terminal.store.tables import Cells, Report, rows_of, write_rows
from terminal.tier_tables import tiers_known, words_for, written

_HEARD_S = 10.0
_COUNT_S = 300.0


@dataclass
class Outcome:
    """What an import came to, beside the rows that were refused."""

    passed_over: tuple[str, ...] = ()
    added: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0

    @property
    def news(self) -> int:
        return self.added + self.changed + self.gone

    def count(self, before: Article | None, after: Article) -> None:
        if before is None:
            self.added += 1
        elif before == after:
            self.same += 1
        else:
            self.changed += 1


class NotImported(Exception):
    """Nothing was changed."""


def take(config: Path, file: Path, *, whole: bool, dry: bool, report: Path | None) -> int:
    """Exit 0: every row was taken; 1: some were refused, or nothing could be taken. Raises BadConfig."""
    settings = load_in_place(config)
    bound_memory()
    try:
        refused = Report(report)
    except OSError as fault:
        return _failed(f"nothing was imported: {report}: {fault.strerror}")
    try:
        done = imported(settings, file, refused, whole=whole, dry=dry)
    except NotImported as why:
        return _failed(f"nothing was imported: {why}")
    finally:
        refused.close()
    _tell(done, refused, report, dry=dry)
    if done.news and not dry:
        _renew(settings)
    return 1 if refused.count else 0


def imported(settings: Settings, file: Path, refused: Report, *, whole: bool, dry: bool) -> Outcome:
    """Good rows are in, all of them at once; of the others `refused` is told. Raises NotImported.

    `whole`: the file is the whole catalogue; what it does not have is sold no more.
    """
    path = own_path(settings.file.ledger.path)
    try:
        before = _before(settings, whole=whole)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = NewState(path, over=path if path.exists() and not whole else None)
        try:
            words = words_for(tiers_known(settings))
            done = _put(state, before, rows_of(file), refused, words, whole=whole)
            if not dry and done.news:
                state.keep()
        finally:
            state.drop()
    except BlockingIOError:
        raise NotImported("another import is under way; wait for its end") from None
    except MemoryError:
        raise NotImported(f"{file}: too large for this machine; save it as CSV UTF-8") from None
    except (BadHead, CatalogueUnread) as fault:
        raise NotImported(f"{file}: {fault}") from fault
    except OSError as fault:
        raise NotImported(f"{fault.filename or path}: {fault.strerror}") from fault
    except sqlite3.Error as fault:
        do = "see that the disk has room, or import all articles with --whole"
        raise NotImported(f"{path}: {fault}: {do}") from fault
    return done


def _before(settings: Settings, *, whole: bool) -> Articles:
    """What the shop sells of its own; a whole catalogue needs to know nothing of one that is damaged."""
    listed = Listed(settings.articles)
    own = CatalogueFiles(settings.file.ledger.path, listed, THREADS).own()
    if isinstance(own, Unreadable):
        if not whole:
            raise CatalogueUnread("the catalogue that is there is damaged: import all articles with --whole")
        return Listed(())
    return own


def _put(  # noqa: PLR0913  into what, from what, and by what it is read
    state: NewState,
    before: Articles,
    rows: Iterator[Cells],
    refused: Report,
    words: Mapping[str, str],
    *,
    whole: bool,
) -> Outcome:
    digest = sha256(b"" if whole else before.version.encode())
    if isinstance(before, Listed) and not whole:
        for article in before.each():  # What was listed until now is sold on.
            state.put(article)
            digest.update(msgspec.json.encode(article))
    _, first = next(rows)
    head = head_of(() if isinstance(first, RefusedRow) else first, words)
    done = Outcome(passed_over=head.passed_over)
    seen: dict[str, int] = {}
    for number, cells in rows:
        if isinstance(cells, RefusedRow):
            refused.add(cells)
            continue
        try:
            article = article_in(head, cells, before.named)
            _put_one(state, article, number, seen)
        except BadCell as bad:
            refused.add(RefusedRow(row=number, column=bad.column, why=bad.why, do=bad.do))
            continue
        known = before.named(article.sku)
        done.count(known, article)
        if whole or known != article:
            digest.update(msgspec.json.encode(article))
    if whole:
        done.gone = sum(state.named(one.sku) is None for one in before.each())
    state.say("version", digest.hexdigest())
    return done


def _put_one(state: NewState, article: Article, number: int, seen: dict[str, int]) -> None:
    """Raises BadCell. `seen`: which row had which SKU."""
    if (there := seen.setdefault(article.sku, number)) != number:
        raise BadCell(Column.SKU, f"row {there} has it already", "leave one of the two")
    try:
        state.put(article)
    except Taken as fault:
        number = article.plu is not None and str(fault) == str(article.plu)
        column = Column.PLU if number else Column.BARCODES
        raise BadCell(column, f"{fault} is the one of {fault.by}", "take it off one of the two") from fault
    except TooMany as fault:
        raise BadCell("", f"more than {fault}", "leave out what is not sold") from fault


def _tell(done: Outcome, refused: Report, report: Path | None, *, dry: bool) -> None:
    say = sys.stdout.write
    for name in done.passed_over:
        say(f"column passed over: {name}\n")
    refused.tell(say, report)
    gone = f", {done.gone} sold no more" if done.gone else ""
    said = (
        f"{done.added} new, {done.changed} changed{gone}, {done.same} as they were, {refused.count} refused"
    )
    say(f"{said}{'; nothing was written' if dry or not done.news else ''}\n")


def _renew(settings: Settings) -> None:
    try:
        heard = asked(settings.file.terminal.socket, "catalogue", Renewed, within_s=_HEARD_S)
    except Unanswered as why:
        sys.stdout.write(f"the terminal sells by it from its next start on: {why}\n")
        return
    if heard.by_headquarters:
        sys.stdout.write("headquarters publishes the articles here: none of these is sold while it does\n")
    else:
        sys.stdout.write("the terminal sells by it from the next customer on\n")


def count(config: Path, file: Path) -> int:
    """`terminal catalogue count`: what lies on the shelves, told to the terminal, which goes on from there.

    Exit 0: every row was taken; 1: some were refused, or nothing was counted. Raises BadConfig.
    """
    settings = load_in_place(config)
    bound_memory()
    refused = Report()
    try:
        counts = _counts(settings, file, refused)
    except (BadHead, CatalogueUnread, MemoryError) as why:
        return _failed(f"nothing was counted: {file}: {why}")
    except OSError as fault:
        return _failed(f"nothing was counted: {fault.filename}: {fault.strerror}")
    for one in refused.first:
        sys.stdout.write(f"{one}\n")
    path = settings.file.ledger.path.with_name(f"{settings.file.ledger.path.stem}.counted-{os.getpid()}")
    try:
        put(path.absolute(), msgspec.json.encode(counts))
        heard = asked(
            settings.file.terminal.socket, "count", Counted, str(path.absolute()), within_s=_COUNT_S
        )
    except (OSError, Unanswered) as why:
        return _failed(f"nothing was counted, the terminal must run, and not in training: {why}")
    finally:
        path.unlink(missing_ok=True)
    sys.stdout.write(f"{heard.articles} articles counted, {refused.count} rows refused\n")
    return 1 if refused.count else 0


def _counts(settings: Settings, file: Path, refused: Report) -> dict[str, int]:
    files = CatalogueFiles(settings.file.ledger.path, Listed(settings.articles), THREADS)
    own, published = files.own(), files.last_made()

    def known(sku: str) -> Article | None:
        return (published.named(sku) if published else None) or own.named(sku)

    rows = rows_of(file)
    _, first = next(rows)
    head = head_of(() if isinstance(first, RefusedRow) else first)
    check_counts(head)
    counts: dict[str, int] = {}
    for number, cells in rows:
        if isinstance(cells, RefusedRow):
            refused.add(cells)
            continue
        try:
            sku, found = count_in(head, cells, known)
        except BadCell as bad:
            refused.add(RefusedRow(row=number, column=bad.column, why=bad.why, do=bad.do))
            continue
        # Of what lies in two places there are two rows.
        counts[sku] = counts.get(sku, 0) + found
    return counts


def give(config: Path, target: Path) -> int:
    """`terminal catalogue export`: what an import reads as the same again. Raises BadConfig."""
    settings = load_in_place(config)
    own = CatalogueFiles(settings.file.ledger.path, Listed(settings.articles), THREADS).own()
    language, there = spoken(settings.file.counter.language), tiers_known(settings)
    words, chinese = words_for(there), language != "en"
    try:
        tiers = tiers_of(own.each())
        said = [written(tier, there, words, language) for tier in tiers]
        rows = (cells_of(article, tiers, chinese=chinese) for article in own.each())
        count = write_rows(target, heads(said, chinese=chinese), rows)
    except OSError as fault:
        return _failed(f"nothing was exported: {target}: {fault.strerror}")
    except CatalogueUnread as fault:
        return _failed(f"nothing was exported: {fault}")
    sys.stdout.write(f"{target}: {count} articles\n")
    return 0


def _failed(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1
