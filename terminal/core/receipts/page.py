"""A document laid out for paper of a given width: lines that never run over its edge."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.receipts.legible import legible, width, wrapped
from terminal.core.receipts.rows import Centred, Columns, Document, Feed, QrCode, Row, Rule, Text
from terminal.core.values import Value

COLUMNS_MIN = 16
COLUMNS_58_MM = 32
COLUMNS_80_MM = 48

_GAP = 1
"""Columns that stay free between a label and its value."""


class PageLine(Value, frozen=True, kw_only=True, tag="line"):
    """One line. `left` and `right` together, and at least one space between them, fit the paper."""

    left: str = ""
    """With its indentation; begins in the first column unless centred."""
    right: str = ""
    """Ends in the last column."""
    centred: bool = False
    rule: bool = False
    big: bool = False
    """Twice as wide and high: only half the columns are there."""
    bold: bool = False


class PageCode(Value, frozen=True, kw_only=True, tag="code"):
    """A QR code in the middle, printable ASCII."""

    text: str


class Page(Value, frozen=True, kw_only=True):
    """What is printed, line by line. No lines: nothing is to be printed."""

    language: str
    columns: int
    lines: tuple[PageLine | PageCode, ...]


def drawn(document: Document, columns: int) -> Page:
    """Lay the document out: 32 columns on 58 mm paper, 48 on 80 mm. All text passes `legible` here."""
    if columns < COLUMNS_MIN:
        raise ValueError(f"{columns} columns are too few for a receipt")
    lines = tuple(line for row in document.rows for line in _lines(row, columns))
    return Page(language=document.language, columns=columns, lines=lines)


def text_of(line: PageLine, columns: int) -> str:
    """The characters of a line from the left edge, with the spaces that place them."""
    room = columns // 2 if line.big else columns
    if line.rule:
        return "-" * room
    if line.centred:
        return " " * ((room - width(line.left)) // 2) + line.left
    if not line.right:
        return line.left
    return line.left + " " * (room - width(line.left) - width(line.right)) + line.right


def as_text(page: Page) -> str:
    """The page as plain text, one line each, big ones spread over the width; a QR code as `[QR text]`."""
    shown: list[str] = []
    for line in page.lines:
        if isinstance(line, PageLine):
            shown.append(text_of(replace(line, big=False), page.columns))
        else:
            pieces = wrapped(f"[QR {line.text}]", page.columns)
            shown += [text_of(PageLine(left=piece, centred=True), page.columns) for piece in pieces]
    return "".join(f"{line}\n" for line in shown)


def _lines(row: Row, columns: int) -> list[PageLine | PageCode]:
    match row:
        case Centred(text=text, big=big, bold=bold):
            room = columns // 2 if big else columns
            return [
                PageLine(left=part, centred=True, big=big, bold=bold) for part in wrapped(legible(text), room)
            ]
        case Text(text=text, indent=indent, bold=bold):
            parts = wrapped(legible(text), columns - indent)
            return [PageLine(left=" " * indent + part, bold=bold) for part in parts]
        case Columns():
            return list(_columns(row, columns))
        case Rule():
            return [PageLine(rule=True)]
        case Feed(lines=count):
            return [PageLine()] * count
        case QrCode(text=text):
            return [PageCode(text="".join(char if char.isascii() else "?" for char in legible(text)))]


def _columns(row: Columns, columns: int) -> list[PageLine]:
    """The label wraps in what the value leaves; where that is too little, the value goes below."""
    room = columns // 2 if row.big else columns
    left, right = legible(row.left), legible(row.right)
    margin = " " * row.indent
    beside = room - row.indent - _GAP - width(right)
    if width(left) <= beside:
        return [PageLine(left=margin + left, right=right, big=row.big, bold=row.bold)]
    labels = wrapped(left, room - row.indent)
    lines = [PageLine(left=margin + part, big=row.big, bold=row.bold) for part in labels]
    if width(labels[-1]) <= beside:
        last = PageLine(left=margin + labels[-1], right=right, big=row.big, bold=row.bold)
        return [*lines[:-1], last]
    values = [PageLine(right=part, big=row.big, bold=row.bold) for part in wrapped(right, room)]
    return lines + values
