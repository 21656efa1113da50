"""What no single key of the terminal's file shows: names that are there twice, or nowhere; sums.

Looks at the tables as they are written, not at what they were turned into, so that what is wrong here is
found beside whatever is wrong elsewhere. A value of the wrong type is passed over: its shape was refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from terminal.core.codes import ArticleCode, BadgeCode, scanned
from terminal.core.errors import BadScan
from terminal.core.ledger.rules import COUPONS_MAX
from terminal.core.money import AMOUNT_MAX
from terminal.core.points import PointsRate
from terminal.core.shape import Problem, did_you_mean

_SOCKET_PATH_BYTES_MAX = 107
"""sun_path of unix(7), less its closing zero byte."""


def contradictions(data: Mapping[str, Any], more: Mapping[str, Any], folder: Path) -> Iterator[Problem]:
    """Of the whole file and, in `more`, of the articles' own; `folder` is where relative paths start."""

    def articles(key: str) -> list[str]:
        return [*texts(data, "catalogue", "article", key), *texts(more, "article", key)]

    staff = list(texts(data, "counter", "staff", "id"))
    badges = list(texts(data, "counter", "staff", "badge"))
    yield from _twice("catalogue: sku", articles("sku"))
    yield from _twice("catalogue: barcode", articles("barcodes"))
    yield from _twice("counter.staff: id", staff)
    yield from _twice("counter.staff: badge", badges)
    yield from _twice("policy.grades: grade", texts(data, "policy", "grades", "grade"))
    yield from _twice("policy.points: family", texts(data, "policy", "points", "family"))
    yield from _unscannable("catalogue: barcode", articles("barcodes"), ArticleCode)
    yield from _unscannable("counter.staff: badge", badges, BadgeCode)
    yield from _too_much(data)
    for name in texts(data, "terminal", "socket"):
        if len(bytes(folder / name)) > _SOCKET_PATH_BYTES_MAX:
            yield Problem(where="terminal.socket", what=f"a path of more than {_SOCKET_PATH_BYTES_MAX} bytes")
    everybody = len(staff) == sum(1 for _ in _each(data, "counter", "staff"))
    for name in texts(data, "terminal", "operator"):
        if everybody and name not in staff:
            near = did_you_mean(name, staff)
            yield Problem(where="terminal.operator", what=f"nobody in counter.staff has that id{near}")


def texts(data: object, *path: str) -> Iterator[str]:
    """Every text at that path that is not empty."""
    return (value for value in _each(data, *path) if isinstance(value, str) and value)


def _each(data: object, *path: str) -> Iterator[object]:
    """Every value at that path, through lists (never a list in a list), whatever is wrong beside it."""
    if isinstance(data, list):
        for one in data:
            if not isinstance(one, list):
                yield from _each(one, *path)
    elif not path:
        yield data
    elif isinstance(data, Mapping) and path[0] in data:
        yield from _each(data[path[0]], *path[1:])


def _too_much(data: Mapping[str, Any]) -> Iterator[Problem]:
    """What the ledger would refuse when the money lies on the counter already."""
    counts = _each(data, "policy", "join_pack", "count")
    coupons = sum(count for count in counts if isinstance(count, int) and count > 0)
    if coupons > COUPONS_MAX:
        what = f"expected at most {COUPONS_MAX} coupons for one newcomer, got {coupons}"
        yield Problem(where="policy.join_pack", what=what)
    for place, table in enumerate(_each(data, "policy", "points"), start=1):
        try:
            rate = msgspec.convert(table, PointsRate)
        except msgspec.ValidationError:
            continue
        if rate.at_most > AMOUNT_MAX:
            what = f"expected at most {AMOUNT_MAX} points for the largest sale, got {rate.at_most}"
            yield Problem(where=f"policy.points[{place}]", what=what)


def _unscannable(
    where: str, codes: Sequence[str], wanted: type[ArticleCode | BadgeCode]
) -> Iterator[Problem]:
    for code in codes:
        try:
            found = isinstance(scanned(code), wanted)
        except BadScan:
            found = False
        if not found:
            yield Problem(where=where, what=f"{code!r} is none that a scanner could deliver")


def _twice(where: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield Problem(where=where, what=f"{name} is there twice")
        seen.add(name)
