"""Codecs against a fuzzer: a little at each commit, and it finds what is put in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.fuzz import main
from lab.fuzz.targets import SEEDS, TARGETS, target

pytestmark = [pytest.mark.device]
"""It needs atheris, a native library; a codec needs nothing."""

RUNS = 60_000


def test_no_codec_breaks_its_promises(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("atheris")
    assert main(["--runs", str(RUNS), "--json"]) == 0, capsys.readouterr()
    said = json.loads(capsys.readouterr().out)
    assert said["runs"] >= RUNS
    assert said["covered"] > 300
    assert said["kept"] > len(TARGETS)


def test_a_codec_that_trusts_a_length_is_found_and_played_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("atheris")
    assert main(["--codec", "mutant", "--runs", "1000000", "--corpus", str(tmp_path), "--json"]) == 1
    broke = json.loads(capsys.readouterr().out)["violation"]
    assert main(["--codec", "mutant", "--replay", broke]) == 1
    assert "IndexError" in capsys.readouterr().err
    assert main(["--codec", "tags", "--replay", broke]) == 0
    Path(broke).unlink()


@pytest.mark.parametrize("name", TARGETS)
def test_every_codec_begins_with_something_it_keeps_its_promises_of(name: str) -> None:
    assert SEEDS[name]
    for data in (b"", *SEEDS[name]):
        target(name)(data)
