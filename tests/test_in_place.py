"""Where the ledger's partition is not mounted, no command begins anything in the empty folder under it."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from terminal import config as configuration
from terminal.__main__ import main
from terminal.runtime.durable import not_mounted
from tests.counter_config import COUNTER


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration, whose `data` is on a partition that is listed and not mounted."""
    (tmp_path / "data").mkdir()
    (tmp_path / "terminal.toml").write_text(COUNTER, encoding="utf-8")
    (tmp_path / "fstab").write_text(f"LABEL=terminal {tmp_path}/data ext4 nofail 0 2\n")
    (tmp_path / "mounts").write_text("/dev/p2 / ext4 rw 0 0\n")
    (tmp_path / "list.csv").write_text("id,name,price\nA1,Tea,5.00\n")
    there = partial(not_mounted, fstab=tmp_path / "fstab", mounts=tmp_path / "mounts")
    monkeypatch.setattr(configuration, "not_mounted", there)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "typed",
    [
        "run",
        "enrol A-B-C --url https://hq.example",
        "enrol-handheld till2",
        "handhelds",
        "revoke-handheld till2",
        "ledger backup backups --same-disk",
        "ledger restore backups",
        "ledger restore backups --over-whole",
        "ledger adopt other.db",
        "ledger export out.csv --from 2026-11-24",
        "cards list.csv",
        "code MC-ABCDEF",
        "company-card",
        "page",
        "print-command-sheet sheet.html",
        "catalogue import list.csv",
        "catalogue export out.csv",
        "catalogue count list.csv",
        "members import list.csv",
        "members export out.csv",
        "member show 13800000000",
    ],
)
def test_it_says_what_to_do_and_leaves_nothing(
    box: Path, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(box.rglob("*"))
    assert main([*typed.split(), "--config", "terminal.toml"]) == 2
    assert capsys.readouterr().err == (
        f"ledger.path: {box}/data is on a disk of its own, which is not mounted: sudo mount {box}/data\n"
    )
    assert sorted(box.rglob("*")) == before


def test_with_it_mounted_nothing_is_in_the_way(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (box / "mounts").write_text(f"/dev/p2 / ext4 rw 0 0\n/dev/p3 {box}/data ext4 rw 0 0\n")
    assert main(["ledger", "backup", "backups", "--same-disk", "--config", "terminal.toml"]) == 1
    assert "not mounted" not in capsys.readouterr().err


def test_the_doctor_looks_all_the_same(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config", "terminal.toml"]) == 1
    assert "is its disk mounted?" in capsys.readouterr().out
    assert list((box / "data").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
@pytest.mark.parametrize("typed", ["run", "ledger backup backups --same-disk", "catalogue import list.csv"])
def test_over_an_overlay_in_memory_nothing_begins(box: Path, typed: str) -> None:
    layers = "mount -t tmpfs t over && mkdir over/u over/w && mount -t overlay o -o"
    layers += f" lowerdir={box}/data,upperdir={box}/over/u,workdir={box}/over/w data"
    line = f"mkdir over && {layers} && {sys.executable} -m terminal {typed} --config terminal.toml"
    ran = subprocess.run(
        ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", f"{line}; code=$?; ls over/u; exit $code"],
        cwd=box,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "an overlay in memory lies over" in ran.stderr
