"""`install.sh` as it is typed."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.install import __main__ as command
from terminal.install.slots import HOME, alone
from terminal.install.steps import CONFIG
from tests.install.machine import Machine, config, version

SCRIPT = Path(__file__).parents[2] / "install.sh"
ANSWERS = 'merchant = "M1"\nsite = "S1"\nterminal = "T1"\nshop = "S"\nscreen = false\n'


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(command, "SOURCE", version(tmp_path / "one", "1"))
    monkeypatch.setattr("terminal.install.steps._UP_S", 0)
    return Machine(tmp_path / "box")


def answered(tmp_path: Path, text: str = ANSWERS) -> str:
    (tmp_path / "answers.toml").write_text(text)
    return str(tmp_path / "answers.toml")


def test_a_file_of_answers_asks_nobody(box: Machine, tmp_path: Path) -> None:
    assert command.main(["--answers", answered(tmp_path)], box) == 0
    assert box.runs_of == "1"
    assert 'id = "T1"' in config(box)
    assert "pcsc" not in config(box)


def test_readers_that_are_certain_are_taken_where_the_file_says_so(box: Machine, tmp_path: Path) -> None:
    box.at("/sys/bus/usb/devices/1-1").mkdir(parents=True)
    box.at("/sys/bus/usb/devices/1-1/bInterfaceClass").write_text("0b\n")
    assert command.main(["--answers", answered(tmp_path, f"{ANSWERS}found = true\n")], box) == 0
    assert 'driver = "pcsc"' in config(box)


def test_where_nobody_can_answer_it_says_so_and_does_nothing(
    box: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    assert command.main([], box) == 1
    assert box.said == ["install.sh: nobody can answer here: say --answers FILE (docs/install.md)"]
    assert box.commands == []


@pytest.mark.parametrize("text", [None, "merchant = 1"])
def test_answers_that_cannot_be_used_do_nothing(box: Machine, tmp_path: Path, text: str | None) -> None:
    file = str(tmp_path / "nowhere") if text is None else answered(tmp_path, text)
    assert command.main(["--answers", file], box) == 1
    assert (box.commands, len(box.said)) == ([], 1)


CHINESE = ANSWERS.replace('shop = "S"', 'shop = "青山便利店"')


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_answers_are_read_as_any_editor_writes_utf_8(box: Machine, tmp_path: Path, mark: bytes) -> None:
    file = tmp_path / "answers.toml"
    file.write_bytes(mark + CHINESE.replace("\n", "\r\n").encode())
    assert command.main(["--answers", str(file)], box) == 0
    assert 'name = "青山便利店"' in config(box)


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-16-le"])
def test_answers_in_another_encoding_are_told_how_to_be_saved(
    box: Machine, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "answers.toml"
    file.write_bytes(CHINESE.encode(encoding))
    assert command.main(["--answers", str(file)], box) == 1
    assert box.said == [f"install.sh: {file} is no UTF-8: save it as that (in Notepad: Save as, Encoding)"]
    assert box.commands == []


@pytest.mark.parametrize("more", [f"readers = {'[' * 3_000}{']' * 3_000}", f"paper_mm = {'9' * 6_000}"])
def test_answers_that_nobody_wrote_are_refused_in_a_sentence(box: Machine, tmp_path: Path, more: str) -> None:
    assert command.main(["--answers", answered(tmp_path, f"{ANSWERS}{more}\n")], box) == 1
    assert box.said == ["install.sh: the answers are no TOML that anybody wrote"]


@pytest.mark.parametrize("data", [b"\xff\xfe{}", b"[" * 100_000])
def test_a_makers_file_that_is_no_text_is_none(box: Machine, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "root.json"
    file.write_bytes(data)
    assert command.main(["--answers", answered(tmp_path), "--maker", str(file)], box) == 1
    assert box.said == [f"install.sh: {file} is no root.json of a maker"]
    assert box.commands == []


def test_an_installation_that_is_stopped_says_how_to_go_on(
    box: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", stopped)
    assert command.main([], box) == 1
    assert box.said == ["install.sh: stopped; start it again to go on"]


def test_two_do_not_install_at_once(box: Machine, tmp_path: Path) -> None:
    with alone(box.at(HOME)):
        assert command.main(["--answers", answered(tmp_path)], box) == 1
        assert command.main(["--uninstall"], box) == 1
    assert box.said == ["install.sh: another installation or update is at work"] * 2
    assert command.main(["--answers", answered(tmp_path)], box) == 0


def test_the_data_stays_where_the_program_goes(box: Machine, tmp_path: Path) -> None:
    assert command.main(["--answers", answered(tmp_path)], box) == 0
    assert command.main(["--uninstall"], box) == 0
    assert box.at(CONFIG).exists()
    assert not box.at("/opt/card-terminal").exists()


def test_a_machine_of_32_bits_is_refused(box: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "armv7l")
    assert command.main([], box) == 1
    assert box.said == ["install.sh: a 64-bit system is needed (x86_64, aarch64), and this is armv7l"]
    assert box.commands == []


def test_a_kernel_of_64_bits_under_programs_of_32_is_no_such_system(
    box: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a Raspberry Pi OS of 32 bits on a Pi 4 or 5."""
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with monkeypatch.context() as narrow:
        narrow.setattr(sys, "maxsize", 2**31 - 1)
        ended = command.main([], box)
    assert ended == 1
    assert [line.partition(", and ")[2] for line in box.said] == [
        "only the kernel of this one is aarch64: its programs are of 32 bits. Install the 64-bit image"
    ]
    assert box.commands == []


def test_headquarters_is_on_this_machine_where_it_is_asked_for(box: Machine, tmp_path: Path) -> None:
    assert command.main(["--headquarters", "--answers", answered(tmp_path)], box) == 0
    assert "/usr/bin/systemctl restart hq.service" in box.commands


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_only_root_installs() -> None:
    nobody = ["setpriv", "--reuid", "65534", "--clear-groups", "sh", "-s"]
    with SCRIPT.open() as script:
        done = subprocess.run(nobody, stdin=script, capture_output=True, text=True, check=False)
    assert (done.returncode, "needs root" in done.stderr) == (1, True)


def test_the_script_hands_on_what_was_typed() -> None:
    done = subprocess.run([SCRIPT, "--help"], capture_output=True, text=True, check=False, cwd="/")
    if os.geteuid() == 0:
        assert (done.returncode, "--uninstall" in done.stdout) == (0, True)
    else:
        assert done.returncode == 1
