"""Whatever is pulled, dies or hangs comes back by itself and takes no other device with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lab.plug.campaign import played, troubles
from terminal.drivers.virtual.pcscd import NotInstalled, NotPermitted

pytestmark = pytest.mark.device


TIMES = 100


def test_each_trouble_passes_and_every_device_works_again(tmp_path: Path) -> None:
    try:
        score = played(tmp_path, TIMES, os.environ.get("CARD_TERMINAL_SEED", "0"))
    except (NotInstalled, NotPermitted) as why:
        pytest.skip(str(why))
    assert score.lost == []
    assert score.times == TIMES
    assert set(score.worst_ms) == set(troubles())
