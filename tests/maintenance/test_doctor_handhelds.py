"""Whoever's handheld is no till any more is told before: afterwards no page can say why."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import ClockTrust
from terminal.maintenance.doctor import findings
from terminal.maintenance.doctor_zh import ZH
from terminal.maintenance.facts import HandheldFacts
from terminal.maintenance.sentences import Sentences
from tests.maintenance.test_doctor import NOW, WELL

DAY = 86_400_000


@pytest.mark.parametrize(
    ("left_ms", "said"),
    [(31 * DAY, ""), (30 * DAY, "ends on"), (1, "ends on"), (0, "ended on"), (-DAY, "ended on")],
)
def test_a_handheld_whose_certificate_ends_is_told_of_before(left_ms: int, said: str) -> None:
    facts = replace(WELL, handhelds=(HandheldFacts(name="till-2", until_ms=NOW + left_ms),))
    found = [one for one in findings(facts) if one.subject == "handhelds"]
    assert bool(found) == bool(said)
    for one in found:
        assert (one.well, one.amber) == (True, True)
        assert f"till-2: its certificate {said}" in one.reason
        assert "certificate" not in Sentences("zh-Hans", ZH).in_chinese(one.reason)
        assert "Another" not in Sentences("zh-Hans", ZH).in_chinese(one.next_step)
    unsure = replace(facts, clock=replace(facts.clock, trust=ClockTrust.UNKNOWN))
    assert [one for one in findings(unsure) if one.subject == "handhelds"] == []
