"""The slip of a paper balance that was taken over: two people sign it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.cart import COUNTED
from terminal.core.commands import BookImport, Grant
from terminal.core.money import shown
from terminal.core.receipts.rows import Columns, Feed, Row, Rule, Text
from terminal.core.receipts.sections import Issue, foot, head, member, window
from terminal.core.receipts.words import Words
from terminal.core.sold import read

_UNITS: Mapping[str, str] = MappingProxyType(
    {"principal": "Principal", "bonus": "Bonus", "points:goods": "Goods points"}
)
_MONEY = ("principal", "bonus", "cashback")


def rows(imported: BookImport, issue: Issue, words: Words) -> list[Row]:
    made = head(issue, words, "Paper balance taken over")
    made += [Columns(left=words("Sheet"), right=imported.paper), Rule()]
    for one in imported.grants:
        made += [_granted(one, words), *window(one.since, one.until, words)]
    if about := member(issue.booked, words):
        made += [Rule(), *about]
    for who in (imported.at.operator, imported.at.second):
        made += [Rule(), Text(text=f"{words('Signature')} {who or ''}"), Feed(lines=2)]
    return made + foot(issue, words)


def _granted(one: Grant, words: Words) -> Row:
    if one.unit.startswith(COUNTED):
        version = read(one.sold)
        name = version.name if version else words.article(one.unit.removeprefix(COUNTED))
        right = words("x{count}", count=str(one.amount))
        return Columns(left=words("Uses left, {name}", name=name), right=right, bold=True)
    return Columns(
        left=words(_UNITS[one.unit]) if one.unit in _UNITS else one.unit,
        right=shown(one.amount) if one.unit in _MONEY else str(one.amount),
        bold=True,
    )
