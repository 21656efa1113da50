"""What no single key of the terminal's file shows: names that are there twice, or nowhere; sums.

Looks at the tables as they are written, not at what they were turned into, so that what is wrong here is
found beside whatever is wrong elsewhere. A value of the wrong type is passed over: its shape was refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from terminal.core.called import TRAINING_IS, TRAINING_SITE
from terminal.core.codes import BadgeCode, scanned
from terminal.core.errors import BadScan
from terminal.core.gs1 import article_number
from terminal.core.ledger.rules import COUPONS_MAX
from terminal.core.money import AMOUNT_MAX
from terminal.core.points import PointsRate
from terminal.core.shape import Problem, did_you_mean
from terminal.core.staff import Role

_SOCKET_PATH_BYTES_MAX = 107
"""sun_path of unix(7), less its closing zero byte."""


def contradictions(data: Mapping[str, Any], more: Mapping[str, Any], folder: Path) -> Iterator[Problem]:
    """Of the whole file and, in `more`, of the articles' own; `folder` is where relative paths start."""

    def articles(key: str) -> list[str]:
        return [*texts(data, "catalogue", "article", key), *texts(more, "article", key)]

    staff = list(texts(data, "counter", "staff", "id"))
    badges = list(texts(data, "counter", "staff", "badge"))
    yield from _twice("catalogue: sku", articles("sku"))
    yield from _twice("catalogue: barcode", [article_number(code) or code for code in articles("barcodes")])
    plus = [*_each(data, "catalogue", "article", "plu"), *_each(more, "article", "plu")]
    yield from _twice("catalogue: plu", [str(plu) for plu in plus if isinstance(plu, int)])
    yield from _twice("counter.staff: id", staff)
    yield from _twice("counter.staff: badge", badges)
    yield from _twice("policy.grades: grade", texts(data, "policy", "grades", "grade"))
    yield from _twice("policy.points: family", texts(data, "policy", "points", "family"))
    yield from _unscannable("catalogue: barcode", articles("barcodes"), article_number)
    yield from _unscannable("counter.staff: badge", badges, _badge)
    yield from _too_much(data)
    for name in texts(data, "terminal", "socket"):
        if len(bytes(folder / name)) > _SOCKET_PATH_BYTES_MAX:
            yield Problem(where="terminal.socket", what=f"a path of more than {_SOCKET_PATH_BYTES_MAX} bytes")
    if TRAINING_SITE in texts(data, "terminal", "site"):
        yield Problem(where="terminal.site", what=TRAINING_IS)
    yield from _nobody_approves(data)
    if any(texts(data, "headquarters", "url")):
        for kind in ("document", "health", "notes", "member"):
            if [*_each(data, "policy", "retention", kind)]:
                what = (
                    "who does not come here may come elsewhere: headquarters says it (python -m hq retention)"
                )
                yield Problem(where=f"policy.retention.{kind}", what=what)
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
    for place, campaign in enumerate(_each(data, "policy", "recharge_campaigns"), start=1):
        counts = _each(campaign, "pack", "count")
        coupons = sum(count for count in counts if isinstance(count, int) and count > 0)
        if coupons > COUPONS_MAX:
            what = f"expected at most {COUPONS_MAX} coupons for one recharge, got {coupons}"
            yield Problem(where=f"policy.recharge_campaigns[{place}].pack", what=what)
    for place, table in enumerate(_each(data, "policy", "points"), start=1):
        try:
            rate = msgspec.convert(table, PointsRate)
        except msgspec.ValidationError:
            continue
        if rate.at_most > AMOUNT_MAX:
            what = f"expected at most {AMOUNT_MAX} points for the largest sale, got {rate.at_most}"
            yield Problem(where=f"policy.points[{place}]", what=what)


def _nobody_approves(data: Mapping[str, Any]) -> Iterator[Problem]:
    """What nobody could ever do at this counter; where there is a headquarters it may name others."""
    if any(texts(data, "headquarters", "url")):
        return
    people = [one for one in _each(data, "counter", "staff") if isinstance(one, Mapping)]
    sell = [one for one in people if one.get("role") != Role.TECHNICIAN]
    if people and not sell:
        yield Problem(where="counter.staff", what="a technician sells nothing, and there is nobody else")
    badges = [one for one in sell if one.get("badge") or one.get("card")]
    if any(texts(data, "policy", "second_person")) and not (badges and len(sell) > 1):
        yield Problem(where="policy.second_person", what="no two people in counter.staff, one with a badge")
    if any(one is True for one in _each(data, "policy", "shift_by_pin")) and not badges:
        yield Problem(where="policy.shift_by_pin", what="nobody in counter.staff has a badge")


def _unscannable(
    where: str, codes: Sequence[str], understood: Callable[[str], object | None]
) -> Iterator[Problem]:
    for code in codes:
        if understood(code) is None:
            yield Problem(where=where, what=f"{code!r} is none that a scanner could deliver")


def _badge(code: str) -> BadgeCode | None:
    try:
        found = scanned(code)
    except BadScan:
        return None
    return found if isinstance(found, BadgeCode) else None


def _twice(where: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield Problem(where=where, what=f"{name} is there twice")
        seen.add(name)
