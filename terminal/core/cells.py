"""Tables as people keep them: what any cell may hold, and how a row that was not taken is told.

Cells are text and nothing else: what looks like a formula is refused, never worked out.
"""

from __future__ import annotations

import re

from msgspec import Struct

ROWS_MAX = 200_000
"""Below the head."""
CELL_CHARS_MAX = 1_000
COLUMNS_MAX = 64
_FORMULA = re.compile(r"=")
_ACTS = re.compile(r"'*[=+\-@＝＋－＠]")
"""What a spreadsheet would take for a formula, in some languages also by its wide sign; a quote in front says
that it is text."""
_FAULT = re.compile(r"#(?:N/A|(?:[A-Z]+|DIV/0)!|NAME\?|GETTING_DATA)|Err:\d{3}", re.ASCII)
"""What a spreadsheet shows, and saves, where a formula comes to nothing (ECMA-376, 18.18.11; LibreOffice)."""
_TRUTHS = frozenset({"TRUE", "FALSE"})
"""As spreadsheets show, and save, what is true or not."""
_SPOILT = re.compile(r"\d(?:\.\d+)?E\+\d+", re.ASCII | re.IGNORECASE)


class BadHead(Exception):
    """Nothing of the table can be used. `str()` says why and what to do."""


class BadCell(Exception):
    def __init__(self, column: str, why: str, do: str) -> None:
        super().__init__(f"{column}: {why}")
        self.column, self.why, self.do = column, why, do


class RefusedRow(Struct, frozen=True, kw_only=True):
    """A row that was not taken, while others were."""

    row: int
    """As the spreadsheet counts: the head has number 1, where nothing stands above it."""
    column: str
    why: str
    do: str

    def __str__(self) -> str:
        where = f", {self.column}" if self.column else ""
        return f"row {self.row}{where}: {self.why}; {self.do}"


def clean(column: str, cell: str) -> str:
    """One line without spaces around it."""
    if len(cell) > CELL_CHARS_MAX:
        raise BadCell(column, f"more than {CELL_CHARS_MAX} characters", "shorten it")
    text = " ".join(cell.split())
    if _FORMULA.match(text):
        raise BadCell(column, "a formula", "paste its value in its place")
    if _FAULT.fullmatch(text):
        raise BadCell(column, "the fault of a formula", "type what belongs there, or leave it empty")
    if _ACTS.match(text):
        text = text.removeprefix("'")
    if not text.isprintable():
        raise BadCell(column, "it holds characters that cannot be seen", "type it anew")
    return text


def check_whole(column: str, text: str) -> None:
    if _SPOILT.fullmatch(text):
        raise BadCell(
            column,
            f"{text} is what a spreadsheet made of a number",
            "format the column as text, type it anew",
        )


def check_no_truth(column: str, text: str) -> None:
    if text in _TRUTHS:
        raise BadCell(column, "true or false, where neither says anything", "type what belongs there")


def shown(text: str) -> str:
    """Whatever the table holds."""
    return "".join(one if one.isprintable() else "?" for one in text.strip())[:40]


def quoted(text: str) -> str:
    """So that no spreadsheet takes it for a formula."""
    return f"'{text}" if _ACTS.match(text) else text
