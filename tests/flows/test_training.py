"""Into training and out of it, each after a question."""

from __future__ import annotations

import pytest

from terminal.flows.training import training
from tests.flows.scripted import CANCEL, ScriptedDesk, play


@pytest.mark.parametrize("now", ["training", ""])
def test_the_counter_is_changed_over_after_a_yes(now: str) -> None:
    desk = ScriptedDesk([("confirm", True), ("change_over", None)], training=bool(now))
    play(training(desk))
    assert desk.finished
    asked = desk.asked[0][1]
    assert asked.startswith("End training?" if now else "Begin training?")
    assert not desk.booked


@pytest.mark.parametrize("answer", [False, CANCEL])
def test_a_no_changes_nothing(answer: object) -> None:
    desk = ScriptedDesk([("confirm", answer)])
    play(training(desk))
    assert desk.finished
    assert not desk.booked
