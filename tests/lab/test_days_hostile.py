"""Everything that a day expects, changed in copies of it: each change is found where it was made.

What a line expects changes nothing of how it is played, so one copy holds many changes, of each thing that
is compared one. What may be changed without being found is what the report says it does not look at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest

from lab.days.flow import NotOnPaper, on_paper
from lab.days.hand import Served
from lab.days.house import house
from lab.days.lines import NOT_COMPARED
from lab.days.told import Day
from lab.days.walk import Report, walked
from lab.telling import fast_folder
from terminal.core.screens import Screen, State, says

DAYS = Path(__file__).parents[1] / "days"
SHOPS = ("a-salon", "b-fruit", "c-cosmetics", "d-fuel", "e-netcafe")
NAMES = {"id", "of", "order", "joined"}
"""What a day calls its own things."""
TAKEN = {
    ("c-cosmetics", 3, "M1's tier"),
    ("e-netcafe", 15, "drawer"),
}
"""Taken from the day, which the report says with the line."""

Place = tuple[Any, ...]


def told(shop: str) -> Any:
    return json.loads((DAYS / f"{shop}.json").read_bytes())


def walk(said: Any) -> Report:
    day = msgspec.json.decode(json.dumps(said), type=Day)
    with TemporaryDirectory(prefix="days-", dir=fast_folder()) as folder:
        return walked(house(day), Path(folder) / "ledger.db")


def leaves(said: Any, place: Place = ()) -> Iterator[Place]:
    """Where a figure or word stands, or nothing at all."""
    inside = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    if not inside:
        yield place
    for key, value in inside:
        yield from leaves(value, (*place, key))


def other(said: Any) -> Any:
    match said:
        case bool() | int():
            return said + 1
        case str() if re.search(r"\d", said):
            return re.sub(r"\d+", lambda found: str(int(found[0]) + 1), said)
        case list():
            return [["more", 1]]
        case dict():
            return {"more": 1}
        case _:
            return f"{said}, or another"


def what(place: Place) -> str | None:
    """By which the report names it; None: it is a name, and free."""
    match place:
        case ("after", _, "id") | ("lines", _, "discounts", _, 0):
            return None
        case ("after", member, fact, *_):
            return f"{member}'s {fact}"
        case ("stock", sku):
            return f"stock of {sku}"
        case ("z", total):
            return f"total {total}"
        case ("drawer_cash",):
            return "drawer"
        case (key, *_):
            return None if key in NAMES else key
    raise AssertionError(place)


def changes(shop: str, report: Report) -> dict[tuple[int, str], list[Place]]:
    """By line and what is compared there: each place that can be changed."""
    found: dict[tuple[int, str], list[Place]] = {}
    for line in told(shop)["day"]:
        n = line["n"]
        if n not in report.played:
            continue
        for place in leaves(line["expect"]):
            name = what(place)
            if name is None or (shop, n, name) in TAKEN:
                continue
            if place[0] in NOT_COMPARED:
                assert NOT_COMPARED[place[0]] in report.in_part[n]
            elif {name, name.partition("'s ")[2]}.isdisjoint(report.not_kept):
                found.setdefault((n, name), []).append(place)
    return found


@pytest.mark.parametrize("shop", SHOPS)
def test_whatever_a_line_expects_is_looked_at(shop: str) -> None:
    report = walk(told(shop))
    assert not report.differences
    every = changes(shop, report)
    assert len(every) > len(report.played)
    for turn in range(max(map(len, every.values()))):
        said, changed = told(shop), []
        for (n, name), places in every.items():
            if turn < len(places):
                change(said["day"][n - 1]["expect"], places[turn])
                changed.append((n, name, places[turn]))
        came = walk(said).differences
        assert [one for one in changed if not found(one[0], one[1], came)] == []


@pytest.mark.parametrize("shop", SHOPS)
def test_whatever_the_end_says_is_looked_at(shop: str) -> None:
    not_kept = walk(told(shop)).not_kept
    every: list[tuple[str, Place]] = []
    for place in leaves(told(shop)["end"]):
        match place:
            case ("members", member, fact, *_):
                if not {fact, f"{member}'s {fact}"}.intersection(not_kept):
                    every.append((f"{member}'s {fact}", place))
            case ("stock", sku):
                every.append((f"stock of {sku}", place))
            case ("liabilities", unit):
                every.append((f"{unit} owed", place))
            case _:
                assert place == ("drawer_cash",)
                every.append(("drawer", place))
    said = told(shop)
    for _, place in every:
        change(said["end"], place)
    came = walk(said).differences
    assert [
        one for one in every if not any(each.startswith(f"at the end: {one[0]}: ") for each in came)
    ] == []


def change(said: Any, place: Place) -> None:
    for key in place[:-1]:
        said = said[key]
    said[place[-1]] = other(said[place[-1]])


def found(n: int, name: str, differences: list[str]) -> bool:
    return any(re.match(rf"line {n} \(\w+\): {re.escape(name)}: ", one) for one in differences)


def test_a_question_that_a_day_does_not_answer_is_a_difference() -> None:
    said = told("b-fruit")
    said["day"][1]["in"]["tenders"] = ["value"]
    assert any(
        re.match(
            r"line 2 \(sale\): line: .*NotAnswered\('pick stored does not count at How is it paid\?", one
        )
        for one in walk(said).differences
    )


def test_a_question_that_the_counter_does_not_ask_is_a_difference() -> None:
    said = told("a-salon")
    said["day"][3]["in"]["group"] = 2
    said["rules"] = {rule: text for rule, text in said["rules"].items() if rule != "group_visit"}
    assert any(
        re.match(r"line 4 \(sale\): line: .*NotAnswered\('people  does not count", one)
        for one in walk(said).differences
    )


def test_a_figure_that_is_not_on_the_receipt_is_found() -> None:
    paper = Screen(state=State.APPROVED, step=1, title=says("Paid"), receipt="<pre>21.51  28.50</pre>")
    on_paper(Served(approved=[paper]), 2151, 2850, 0)
    with pytest.raises(NotOnPaper, match="2150"):
        on_paper(Served(approved=[paper]), 2150)


def test_what_was_ordered_is_picked_up_on_its_day_and_what_that_comes_to_is_compared() -> None:
    said = told("b-fruit")
    assert walk(said).in_part == {}
    said["day"][10]["expect"]["rest_at_pickup"] += 1
    (at_once, later) = walk(said).differences
    assert at_once.startswith("line 11 (presale): rest_at_pickup: the day says 20601, it is 20600")
    assert re.match(r"O1 \(T1-1-\d+\) picked up on 2026-11-15: order: .*20601\), it is .*20600\)", later)
