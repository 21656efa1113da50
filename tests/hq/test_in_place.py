"""Headquarters begins nowhere where the next restart would take away what sites were told is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LAYERS = (
    "mkdir over data data/postgres && mount -t tmpfs t over && mkdir over/u over/w"
    " && mount -t overlay o -o lowerdir={0},upperdir=$PWD/over/u,workdir=$PWD/over/w {0}"
)
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")


def ran(folder: Path, prepared: str, typed: str) -> subprocess.CompletedProcess[str]:
    """Where that was mounted; then what was written, by the overlay itself."""
    line = f"{prepared} && {sys.executable} -m hq {typed}; code=$?; ls over/u; exit $code"
    return subprocess.run(
        ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", line],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@AS_ROOT
@pytest.mark.parametrize(
    ("over", "typed"),
    [
        ("data", "run --data data"),
        ("data", "run --data data --dsn postgresql://nobody@127.0.0.1:1/none"),
        ("data", "enrol --data data --merchant M1 --site S1 --terminal T1"),
        ("data/postgres", "run --data data"),
    ],
)
def test_over_an_overlay_in_memory_headquarters_does_not_begin(tmp_path: Path, over: str, typed: str) -> None:
    """Neither keys nor a database: the sites would have a headquarters that forgets them."""
    done = ran(tmp_path, LAYERS.format(over), typed)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"an overlay in memory lies over {tmp_path / over}" in done.stderr
    assert "docs/appliance.md, 1." in done.stderr
    assert not (tmp_path / "data/lock").exists()


@AS_ROOT
def test_a_folder_in_memory_is_somebodys_wish(tmp_path: Path) -> None:
    """As of a headquarters to try."""
    prepared = "mkdir -p data over/u && mount -t tmpfs t data"
    done = ran(
        tmp_path, prepared, "keys show --data data --use hq --dsn postgresql://nobody@127.0.0.1:1/none"
    )
    assert "in memory" not in done.stderr
    assert "the database does not answer" in done.stderr
