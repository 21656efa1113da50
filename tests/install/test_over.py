"""A version lays its own links, and what reads them reads anew; whom to trust is said once."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.install import __main__ as command
from terminal.install.maker import KEPT
from terminal.install.slots import HOME, Slots, Wanted
from tests.install.machine import Machine, installed, links, version

READ_ANEW = [
    "/usr/bin/systemctl daemon-reload",
    "/usr/bin/udevadm control --reload",
    "/usr/bin/udevadm trigger --subsystem-match=input --subsystem-match=usbmisc",
    "/usr/bin/systemctl try-restart systemd-journald.service",
    "/usr/bin/systemctl restart pcscd.socket",
    "/usr/bin/systemctl reload-or-restart terminal-firewall.service",
]
MORE = "/etc/systemd/system/more.service"
LESS = "/etc/systemd/system/less.service"
ROOT = '{"signed": {"_type": "root"}, "signatures": []}'
ANSWERS = 'merchant = "M1"\nsite = "S1"\nterminal = "T1"\nshop = "S"\nscreen = false\n'


@pytest.fixture
def box(tmp_path: Path) -> Machine:
    """Version 1 runs, and has a unit that version 2 beside it has not; so has that one."""
    made = Machine(tmp_path / "box")
    one = version(tmp_path / "one", "1")
    (one / "systemd/less.service").write_text("1")
    installed(made, one)
    two = version(made.at(f"{HOME}/b"), "2")
    (two / "systemd/more.service").write_text("2\n[Install]\nWantedBy=basic.target\n")
    (two / ".venv/bin").mkdir(parents=True)
    (two / ".venv/bin/terminal").touch()
    made.commands.clear()
    return made


def test_what_is_tried_lays_what_is_new_and_leaves_what_the_one_before_needs(box: Machine) -> None:
    slots = Slots(box.at(HOME))
    slots.want(Wanted(slot="b", boot="boot"))
    slots.begin_trial("b")
    assert command.main(["--lay", "tried"], box) == 0
    assert {MORE, LESS} <= links(box).keys()
    assert [one for one in box.commands if "enable" not in one] == READ_ANEW


def test_what_is_kept_takes_away_what_it_has_not_and_begins_the_others(box: Machine) -> None:
    slots = Slots(box.at(HOME))
    slots.want(Wanted(slot="b", boot="boot"))
    slots.begin_trial("b")
    slots.keep()
    assert command.main(["--lay", "kept"], box) == 0
    assert MORE in links(box)
    assert LESS not in links(box)
    begun = ["more.service", "terminal-backup.timer"]
    assert [one for one in box.commands if "enable" not in one] == [
        "/usr/bin/systemctl daemon-reload",
        *[f"/usr/bin/systemctl restart {unit}" for unit in begun],
    ]
    box.commands.clear()
    box.fails["restart more.service"] = (1, "odd\n")
    assert command.main(["--lay", "kept"], box) == 0
    assert "/usr/bin/systemctl daemon-reload" not in box.commands  # Nothing was changed.
    assert box.said[-1] == "   more.service: odd"


def test_what_is_gone_back_to_takes_away_what_the_other_one_laid(box: Machine) -> None:
    slots = Slots(box.at(HOME))
    slots.want(Wanted(slot="b", boot="boot"))
    slots.begin_trial("b")
    command.main(["--lay", "tried"], box)
    slots.go_back()
    assert command.main(["--lay", "tried"], box) == 0
    assert LESS in links(box)
    assert MORE not in links(box)


def test_what_cannot_be_laid_is_said(box: Machine) -> None:
    box.at("/etc/udev/rules.d/61-card-terminal.rules").unlink()
    box.at("/etc/udev/rules.d/61-card-terminal.rules").mkdir()
    assert command.main(["--lay", "tried"], box) == 1
    assert box.said[-1].startswith("install.sh: ")


def test_what_does_not_read_anew_is_said_and_holds_nothing_up(box: Machine) -> None:
    box.fails["udevadm control"] = (2, "odd\n")
    box.fails["pcscd.socket"] = (3, "")
    assert command.main(["--lay", "tried"], box) == 0
    assert box.said[-2:] == [
        "   /usr/bin/udevadm control --reload: odd",
        "   /usr/bin/systemctl restart pcscd.socket: 3",
    ]
    assert box.commands[-1] == READ_ANEW[-1]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(command, "SOURCE", version(tmp_path / "source", "1"))
    monkeypatch.setattr("terminal.install.steps._UP_S", 0)
    (tmp_path / "answers.toml").write_text(ANSWERS)
    return ["--answers", str(tmp_path / "answers.toml")]


def test_whom_to_trust_is_given(typed: list[str], tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    (tmp_path / "root.json").write_text(ROOT)
    assert command.main([*typed, "--maker", str(tmp_path / "root.json")], box) == 0
    assert box.at(KEPT).read_text() == ROOT
    assert not [line for line in box.said if "trusted" in line]


def test_or_lies_in_the_checkout_and_what_is_trusted_already_stays(typed: list[str], tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    assert command.main(typed, box) == 0
    assert box.said[-1] == "   nobody is trusted for updates: install.sh --maker FILE (docs/update.md)"
    assert not box.at(KEPT).exists()
    (tmp_path / "source/maker").mkdir()
    (tmp_path / "source/maker/root.json").write_text(ROOT)
    assert command.main([], box) == 0
    assert box.at(KEPT).read_text() == ROOT
    box.said.clear()
    assert command.main([], box) == 0
    (tmp_path / "source/maker/root.json").write_text(f"{ROOT}\n")
    assert not [line for line in box.said if "maker" in line]
    assert command.main([], box) == 0
    assert box.said[-1] == f"   {KEPT} is another maker's, and stays"
    assert box.at(KEPT).read_text() == ROOT


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"signed": 1}', '{"signed": {"_type": "targets"}}', None])
def test_what_is_no_root_is_refused_before_anything_is_done(
    typed: list[str], tmp_path: Path, text: str | None
) -> None:
    box = Machine(tmp_path / "box")
    if text is not None:
        (tmp_path / "root.json").write_text(text)
    assert command.main([*typed, "--maker", str(tmp_path / "root.json")], box) == 1
    assert (box.commands, len(box.said)) == ([], 1)


def test_whom_to_trust_outlives_the_program(typed: list[str], tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    (tmp_path / "root.json").write_text(ROOT)
    command.main([*typed, "--maker", str(tmp_path / "root.json")], box)
    assert command.main(["--uninstall"], box) == 0
    assert [one.name for one in box.at(HOME).iterdir()] == ["root.json"]
