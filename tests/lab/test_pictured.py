"""Every question of a flow stands in a picture of docs/screens, and the list of them names nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.screens.scenes import scenes
from lab.screens.sentences import heads
from lab.screens.sheets import COLUMNS, LANGUAGES, LIST, ROWS, in_scenes

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
IDLE = "What shall it be?"
"""Nobody asks it: it stands there when nobody does anything."""
AGAIN = "draw them: python -m lab screens docs/screens --questions"


@pytest.fixture(scope="module")
def listed() -> dict[str, str]:
    found: dict[str, str] = json.loads((SCREENS / LIST).read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def asked() -> frozenset[str]:
    return heads()


def test_what_flows_ask_is_found_wherever_its_words_stand(asked: frozenset[str]) -> None:
    for head in (
        "Present the card to recharge",  # passed as it is
        "Charge the card, take the cash, give {change} back?",  # one of two, by a condition
        "Who approves that the card is frozen?",  # out of a table
        "Allergies",  # out of a table of the core's
        "Key the new phone number",  # by a name
        "Which of these?",  # through who passes on what it is given
        "How much does the bag of {name} weigh?",  # the desk's own
        "Recharged. Hand over the card and the receipt.",  # how it ended
    ):
        assert head in asked
    assert "Balance after" not in asked, "a row heads nothing"


def test_every_question_has_a_picture(listed: dict[str, str], asked: frozenset[str]) -> None:
    assert asked - listed.keys() == set(), AGAIN


def test_nothing_is_listed_that_nobody_says(listed: dict[str, str], asked: frozenset[str]) -> None:
    assert listed.keys() - asked - {IDLE} == set(), AGAIN


def test_scenes_show_what_is_asked(asked: frozenset[str]) -> None:
    assert in_scenes().keys() - asked - {IDLE} == set()


def test_every_picture_that_is_listed_is_there(listed: dict[str, str]) -> None:
    names, sheets = scenes("en").keys(), set()
    for head, picture in listed.items():
        if picture in names:
            assert picture == in_scenes()[head], AGAIN
            continue
        sheet, _, place = picture.partition("/")
        assert 1 <= int(place) <= COLUMNS * ROWS
        sheets |= {f"{sheet}.{language}.webp" for language in LANGUAGES}
    assert {one.name for one in SCREENS.glob("questions-*")} == sheets
