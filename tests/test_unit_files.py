"""systemd reads our units as we mean them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[1] / "systemd"
ANALYZE = shutil.which("systemd-analyze")


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", sorted(UNITS.glob("*.service")), ids=lambda unit: unit.name)
def test_systemd_has_nothing_to_say_about_a_unit(unit: Path, tmp_path: Path) -> None:
    # What it starts is installed elsewhere; everything else must stand as it is.
    copy = tmp_path / unit.name
    lines = unit.read_text().splitlines()
    copy.write_text(
        "\n".join("ExecStart=/bin/true" if line.startswith("ExecStart=") else line for line in lines)
    )
    shown = subprocess.run([str(ANALYZE), "verify", str(copy)], capture_output=True, text=True, check=False)
    said = [line for line in shown.stderr.splitlines() if unit.name in line]
    assert (shown.returncode, said) == (0, [])


@pytest.mark.parametrize("unit", sorted(UNITS.glob("terminal.service")), ids=lambda unit: unit.name)
def test_the_terminal_is_watched_restarted_and_started_by_its_command(unit: Path) -> None:
    lines = set(unit.read_text().splitlines())
    assert {"Type=notify", "Restart=always", "WatchdogSec=15", "RestartPreventExitStatus=2"} <= lines
    assert any(line.startswith("ExecStart=") and " run --config " in line for line in lines)
