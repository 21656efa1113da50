"""`python -m lab faces`: the counter's page by touch and by keys; a part of its cases at each commit."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.faces.cases import People, cases
from lab.faces.drawn import ENDED_BY, NEEDS, drawn, whole

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("CARD_TERMINAL_SEED", "1")[:6], 16)
DRAWN = 16
"""Of each pair of hands; the command plays all."""
EVERY = cases(People(1))
AT = {case.name: place for place, case in enumerate(EVERY)}


def test_what_a_case_needs_comes_before_it_and_what_ends_it_after() -> None:
    assert len(AT) == len(EVERY)
    assert all(AT[one] < AT[name] for name, needed in NEEDS.items() for one in needed)
    assert all(AT[name] < AT[ended] for name, ended in ENDED_BY.items())


@pytest.mark.parametrize("seed", range(20))
def test_a_part_has_all_that_it_needs_in_the_order_of_the_day(seed: int) -> None:
    some = [case.name for case in drawn(EVERY, random.Random(seed), DRAWN)]
    assert some == sorted(some, key=AT.__getitem__)
    assert len(some) <= DRAWN
    assert set(some) == set().union(*(whole(one) for one in some))


def test_each_case_is_drawn_now_and_then() -> None:
    draw = random.Random(1)
    found = {case.name for _ in range(300) for case in drawn(EVERY, draw, DRAWN)}
    assert found == set(AT)


@pytest.mark.page
def test_a_part_of_the_cases_goes_by_touch_and_by_keys() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "lab", "faces", "--drawn", str(DRAWN), "--seed", str(SEED)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    played = [int(one) for one in re.findall(r"^by (?:touch|keys): (\d+) of", run.stdout, re.MULTILINE)]
    assert len(played) == 2
    assert len(re.findall(r"^ok ", run.stdout, re.MULTILINE)) == sum(played)
    assert min(played) > DRAWN // 2
