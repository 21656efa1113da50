"""`terminal members calls FILE`: whom to call on a day, for what is used up or for a birthday (D6).

What is used up the running terminal tells from its journal; who they are it hands over as it does for an
export, and writes down that it did. Who said no to offers is on no list. Phones are masked unless somebody
asks for them, and always on paper: it lies on the counter.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from terminal.config import Settings, built_printer, load
from terminal.core.calls import Purchases, called, cycles_of, lasting
from terminal.core.canonical import decoded
from terminal.core.catalogue import Articles
from terminal.core.cells import quoted
from terminal.core.commands import Kept
from terminal.core.entry import Link
from terminal.core.errors import PrinterFault, TerminalFault
from terminal.core.picture import born
from terminal.core.ports import Outbox
from terminal.core.pricing.lunar import days_from_birthday
from terminal.core.receipts import Document, drawn
from terminal.core.receipts.rows import Centred, Columns, Row, Rule, Text
from terminal.core.receipts.words import Words
from terminal.core.trust import masked_phone
from terminal.core.values import Value
from terminal.drivers.codecs.escpos import Profile, encoded
from terminal.maintenance.socket import Unanswered, asked
from terminal.members import everybody
from terminal.runtime.clock import SystemClock
from terminal.runtime.log import told
from terminal.store.tables import write_rows

PRINTED_MAX = 100
"""On one paper: so many are called on no morning. The others are in the file."""
_DUE_MAX = 10_000
_ANSWER_S = 600.0
_AT_ONCE = 200
_LINES_MAX = 200_000
_HEADS = {True: ("姓名", "手机号", "缘由"), False: ("name", "phone", "why")}
_BIRTHDAY = {True: "生日", False: "birthday"}
_OFFERS = "marketing"


class Due(Value, frozen=True, kw_only=True):
    """By wallet, the names of the articles that are used up on that day."""

    day: str = ""
    articles: Mapping[str, tuple[str, ...]] = {}
    why: str = ""
    """Why nobody knows."""


class Wanted(Value, frozen=True, kw_only=True):
    """How somebody wants the list."""

    day: str = ""
    """Empty: today's."""
    clear: bool = False
    """With whole phones in the file."""
    paper: bool = False
    """On the receipt printer, too."""


def give(config: Path, target: Path, wanted: Wanted) -> int:
    """Exit 0 with the list in a new file, and on paper; 1 where there is none. Raises BadConfig."""
    settings = load(config)
    chinese = settings.file.counter.language.startswith("zh")
    socket = settings.file.terminal.socket
    try:
        due = _told_by(socket, wanted.day)
        first: list[_Called] = []
        count = write_rows(
            target,
            _HEADS[chinese],
            _rows(_listed(everybody(socket), due, chinese=chinese), first, clear=wanted.clear),
            personal=True,
        )
    except OSError as fault:
        sys.stderr.write(f"no list: {target}: {fault.strerror}\n")
        return 1
    except Unanswered as why:
        sys.stderr.write(f"no list: {why}\n")
        return 1
    sys.stdout.write(f"{target}: {count} to call{', in the clear: lock it away' if wanted.clear else ''}\n")
    return _on_paper(settings, due.day, first, count) if wanted.paper else 0


def _on_paper(settings: Settings, day: str, first: Sequence[_Called], count: int) -> int:
    if settings.printer is None:
        sys.stderr.write("not printed: no printer is configured\n")
        return 1
    printer = built_printer(settings.printer, SystemClock())
    profile = getattr(printer, "profile", Profile())
    language = settings.file.counter.language
    document = Document(language=language, rows=tuple(_paper_rows(Words(language), day, first, count)))
    try:
        asyncio.run(printer.print(encoded(drawn(document, profile.columns), profile)))
    except PrinterFault as fault:
        sys.stderr.write(f"not printed: {fault}{'; part of it may be on paper' if fault.sent else ''}\n")
        return 1
    sys.stdout.write("printed, with masked phones\n")
    return 0


def _paper_rows(words: Words, day: str, first: Sequence[_Called], count: int) -> Iterator[Row]:
    yield Centred(text=words("Whom to call"), bold=True)
    yield Centred(text=day)
    yield Rule()
    for one in first:
        yield Columns(left=one.name or "-", right=masked_phone(one.phone))
        yield Text(text=one.why, indent=2)
    if count > len(first):
        yield Text(text=words("And {count} more, in the file", count=str(count - len(first))))


def _told_by(socket: Path, day: str) -> Due:
    """Raises Unanswered."""
    due = asked(socket, "calls", Due, day, within_s=_ANSWER_S)
    if due.why:
        raise Unanswered(due.why)
    return due


class _Called(Value, frozen=True, kw_only=True):
    name: str
    phone: str
    why: str

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return "_Called(...)"

    __str__ = __repr__


def _listed(people: Iterator[Kept], due: Due, *, chinese: bool) -> Iterator[_Called]:
    day = date.fromisoformat(due.day)
    for one in people:
        if why := _why(one, due, day, chinese=chinese):
            said = "、".join(why) if chinese else ", ".join(why)
            yield _Called(name=one.private.name, phone=one.private.phone, why=said)


def _rows(listed: Iterator[_Called], first: list[_Called], *, clear: bool) -> Iterator[Sequence[str]]:
    """`first`: those for the paper are put there."""
    for one in listed:
        if len(first) < PRINTED_MAX:
            first.append(one)
        yield quoted(one.name), one.phone if clear else masked_phone(one.phone), quoted(one.why)


def _why(one: Kept, due: Due, day: date, *, chinese: bool) -> list[str]:
    if not one.purses:  # They gave their card away, or are called as whom they were merged into.
        return []
    if any(said.consent.purpose == _OFFERS and not said.consent.given for said in one.agreed):
        return []
    found = [name for purse in one.purses for name in due.articles.get(purse.wallet, ())]
    birthday = born(one.private)
    if birthday is not None and not days_from_birthday(birthday, day):
        found.append(_BIRTHDAY[chinese])
    return found


# The terminal's end.


async def due_on(
    outbox: Outbox, articles: Articles, day: str, categories: Mapping[str, int] | None = None
) -> Due:
    """From the whole journal, part by part: whoever is at the counter waits for none of it.

    `categories`: see `Cycles`.
    """
    try:
        known = await asyncio.to_thread(lasting, articles)
        cycles = cycles_of(known, categories or {})
        # What is used up before that day is not kept: so it fits into memory however long the journal is.
        purchases, seq = Purchases(cycles, since=day, lines_max=_LINES_MAX), 0
        while cycles and (links := await outbox.after(seq, _AT_ONCE)):
            await asyncio.to_thread(_read, purchases, links)
            seq = links[-1].seq
    except TerminalFault as fault:
        return Due(why=told(fault))
    found: dict[str, tuple[str, ...]] = {}
    for one in purchases.due(day)[:_DUE_MAX]:
        found[one.wallet] = (*found.get(one.wallet, ()), called(one.what, known))
    return Due(day=day, articles=found)


def _read(purchases: Purchases, links: Sequence[Link]) -> None:
    for link in links:
        purchases.add(decoded(link.body))
