"""`terminal company-card`: a company's card is known by a mark that tells nobody its number."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.core.companies import marked
from terminal.store.sealed import Secret
from tests.test_command_sheets import config


def typed(path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    return main(["company-card", "--config", str(path)])


def test_the_mark_is_that_by_which_the_counter_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config(tmp_path)
    assert typed(path, monkeypatch, "F1-12\n") == 0
    said = capsys.readouterr()
    mark = Secret(tmp_path / "ledger.secret").mark
    assert said.out == f'mark = "{marked("F1-12", mark)}"\n'
    assert "F1-12" not in said.out + said.err


@pytest.mark.parametrize("text", ["", "\n", "  \n", "1" * 65])
def test_without_a_number_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert typed(config(tmp_path), monkeypatch, text) == 1
    assert capsys.readouterr().err == "no mark: a number of 1 to 64 characters is wanted\n"


def test_it_makes_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config(tmp_path, key=False)
    assert typed(path, monkeypatch, "F1-12\n") == 1
    assert capsys.readouterr().err == "no mark: this site has no key yet: start the terminal once\n"
    assert not (tmp_path / "ledger.secret").exists()
