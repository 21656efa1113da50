"""The devices of a shop that is kept from one run to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.shop import world
from lab.shop.world import World


def test_a_fill_by_hand_goes_by_no_id_of_a_run_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger has sold that one: the counter would say that the record is not clear, and take no money."""
    ids = []
    for at_s in (1_795_000_000, 1_795_000_090):
        monkeypatch.setattr(world.time, "time", lambda: float(at_s))  # noqa: B023  it is asked at once
        pumps = World(tmp_path).pumps
        ids += [pumps.by_hand(number, 2_500).id for number in (1, 2)]
    assert len(set(ids)) == len(ids)
