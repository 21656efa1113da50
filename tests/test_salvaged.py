"""What is looked at by where the configuration cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.maintenance import doctor_zh
from terminal.maintenance.doctor_config import misread
from terminal.maintenance.doctor_text import in_words
from terminal.maintenance.sentences import Sentences
from terminal.salvaged import Salvaged, salvaged
from tests.counter_config import COUNTER

DEVICES = """
[device.front]
driver = "serial_reader"
path = "/dev/front"

[receipt]
printer = {printer}

[device.side]
driver = "serial_reader"
path = "/dev/side"
"""


def read(folder: Path, text: str) -> Salvaged:
    (folder / "terminal.toml").write_text(text, encoding="utf-8")
    return salvaged(folder / "terminal.toml")


def seen(found: Salvaged) -> tuple[str, list[str], str]:
    file = found.settings.file
    return file.terminal.site, [one.name for one in found.settings.devices], file.ledger.path.name


def test_a_file_that_can_be_used_is_used(tmp_path: Path) -> None:
    found = read(tmp_path, COUNTER)
    assert found.problems == ()
    assert found.settings.tariff is not None


@pytest.mark.parametrize(
    ("text", "said", "site", "devices"),
    [
        (COUNTER + DEVICES.format(printer="paper"), "(at line 22, column 11)", "S1", ["front", "side"]),
        (COUNTER + DEVICES.replace('path = "/dev/front"', "path"), "(at line 19, ", "S1", ["side"]),
        (COUNTER + "[device.front\nsite = 7\n", "(at line 16, ", "S1", []),
        (COUNTER + '[counter]\nnotice_s = "x"\n', "line 17: counter.notice_s: ", "S1", []),
        (COUNTER + '[counter]\nnotice_z = "x"\n', "line 17: counter.notice_z: ", "S1", []),
        (COUNTER.replace('"S1"', "S1"), "(at line 4, column 8)", "?", []),
        (COUNTER.replace('"S1"', '"S 1"'), "line 4: terminal.site: ", "?", []),
        (COUNTER + 'x = """', "end of document", "S1", []),
    ],
)
def test_one_mistake_hides_no_more_than_its_setting_or_table(
    tmp_path: Path, text: str, said: str, site: str, devices: list[str]
) -> None:
    found = read(tmp_path, text)
    assert said in found.problems[0]
    assert seen(found) == (site, devices, "ledger.db")
    assert found.settings.file.ledger.path == tmp_path / "data" / "ledger.db"
    assert found.settings.file.terminal.socket == tmp_path / "t.sock"


@pytest.mark.parametrize("text", ["", "[" * 40_000, "= =\n" * 40, "\x00", '[terminal]\nsite = ["S1"]\n'])
def test_where_nothing_can_be_used_it_goes_by_defaults(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found.problems
    assert seen(found) == ("?", [], "ledger.db")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "No such file" in salvaged(tmp_path / "none.toml").problems[0]


def test_the_doctor_names_the_line_and_looks_at_everything_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER + DEVICES.format(printer="paper"), encoding="utf-8")
    assert main(["doctor", "--json", "--config", str(config)]) == 1
    said = json.loads(capsys.readouterr().out)
    found = {one["subject"]: one for one in said["findings"]}
    assert not found["settings"]["well"]
    assert "line 22" in found["settings"]["reason"]
    assert found["settings"]["next_step"] == f"Mend {config}, then: sudo systemctl restart terminal"
    assert {"front", "side", "ledger", "clock", "disk"} < set(found)


def test_the_doctor_says_what_to_do_and_names_few_of_many_in_chinese_too(tmp_path: Path) -> None:
    config, before = tmp_path / "terminal.toml", tmp_path / "terminal.toml.before"
    words = Sentences("zh-Hans", doctor_zh.ZH).in_chinese
    assert list(misread(config, (), before)) == []
    problems = [f"line {one}: x" for one in range(5)]
    for step in ("改好 {}，然后：", "改好 {}，或撤销上次修改（菜单 6）；然后："):
        found = [in_words(one, words) for one in misread(config, problems, before)]
        assert [one.reason for one in found][::3] == ["第 0 行：x", "另有 2 行不能使用"]
        assert {one.next_step for one in found} == {f"{step.format(config)}sudo systemctl restart terminal"}
        assert not any(one.well for one in found)
        before.write_text(COUNTER, encoding="utf-8")
