"""Two slots and a link; files of a version; what is written whole or not at all."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.install import environment, release
from terminal.install.box import Box, NotInstalled, run
from terminal.install.slots import Release, Slots
from terminal.store.migrations import OURS
from tests.install.machine import Machine, version


def release_of(made_of: str = "x") -> Release:
    return Release(version="1", machine="x86_64", python="3.11", schema=8, openable_from=8, made_of=made_of)


def test_the_first_version_goes_into_a_and_each_next_into_the_other(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "home")
    assert (slots.runs, slots.other) == ("", "a")
    for name, other in (("a", "b"), ("b", "a"), ("a", "b")):
        slots.clear(name)
        slots.complete(name, release_of())
        slots.switch(name)
        assert (slots.current, slots.runs, slots.other, slots.steady) == (name, name, other, name)


@pytest.mark.parametrize("target", ["c", "/opt/card-terminal/a", "../a", ".."])
def test_a_link_that_somebody_bent_is_none(target: str, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(target)
    assert Slots(tmp_path).runs == ""
    with pytest.raises(NotInstalled, match="to neither slot"):
        _ = Slots(tmp_path).current


def test_a_version_is_known_by_all_its_files(tmp_path: Path) -> None:
    one = version(tmp_path / "one", "1")
    before = release.made_of(one)
    assert release.made_of(version(tmp_path / "same", "1")) == before
    (one / "terminal/__pycache__").mkdir()
    (one / "terminal/__pycache__/x.pyc").touch()
    (one / "tests").mkdir()
    (one / "tests/x.py").touch()
    assert release.made_of(one) == before
    (one / "install.sh").chmod(0o755)
    changed = release.made_of(one)
    (one / "hq/more.py").touch()
    assert len({before, changed, release.made_of(one)}) == 3


def test_what_runs_can_be_read_by_all_and_written_by_its_owner(tmp_path: Path) -> None:
    one = version(tmp_path / "one", "1")
    (one / "install.sh").chmod(0o700)
    (one / "requirements.lock").chmod(0o600)
    (one / "terminal/__pycache__").mkdir()
    (one / "terminal/__pycache__/x.pyc").touch()
    before = os.umask(0o077)
    try:
        (tmp_path / "slot").mkdir()
        release.copy(one, tmp_path / "slot")
    finally:
        os.umask(before)
    modes = {str(path.relative_to(tmp_path / "slot")): path.stat().st_mode & 0o777
             for path in (tmp_path / "slot").rglob("*")}  # fmt: skip
    assert (modes["install.sh"], modes["requirements.lock"], modes["systemd/pcscd.socket.d"]) == (
        0o755,
        0o644,
        0o755,
    )
    assert not [name for name in modes if "__pycache__" in name]
    assert release.made_of(tmp_path / "slot") == release.made_of(one)


def test_every_part_of_a_version_is_there() -> None:
    root = Path(release.__file__).parents[2]
    assert [part for part in release.PARTS if not (root / part).exists()] == []


def test_a_file_is_written_whole_with_its_mode_or_left(tmp_path: Path) -> None:
    box = Box(tmp_path, lambda _: (0, ""), lambda _: None)
    assert box.write("/etc/x/y", "text", 0o640)
    assert not box.write("/etc/x/y", "text", 0o640)
    assert ((tmp_path / "etc/x/y").read_text(), (tmp_path / "etc/x/y").stat().st_mode & 0o777) == (
        "text",
        0o640,
    )
    (tmp_path / "etc/x/.y.new").write_text("of an attempt that was cut off")
    assert box.write("/etc/x/y", "more", 0o640)
    assert [one.name for one in (tmp_path / "etc/x").iterdir()] == ["y"]
    box.link("/etc/x/z", "y")
    assert box.write("/etc/x/z", "more")  # A file, where a link was; what it led to stays.
    assert not (tmp_path / "etc/x/z").is_symlink()


def test_a_link_takes_the_place_of_whatever_lies_there(tmp_path: Path) -> None:
    box = Box(tmp_path, lambda _: (0, ""), lambda _: None)
    assert box.link("/etc/x", "one")
    assert not box.link("/etc/x", "one")
    (tmp_path / "etc/x-new").symlink_to("left over")
    assert box.link("/etc/x", "two")
    (tmp_path / "etc/y").write_text("by hand")
    assert box.link("/etc/y", "two")
    assert {one.name: str(one.readlink()) for one in (tmp_path / "etc").iterdir()} == {"x": "two", "y": "two"}


def test_a_command_is_run_to_its_end() -> None:
    assert run(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]) == (3, "out\nerr\n")
    assert run(["/bin/sh", "-c", 'read x || echo "$DEBIAN_FRONTEND"']) == (0, "noninteractive\n")
    assert run(["/nowhere/program"]) == (127, "/nowhere/program: there is no such program")


def test_an_environment_is_of_wheels_of_the_lock_and_its_commands_name_the_slot(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    version(box.at("/opt/card-terminal/b"), "1")
    environment.make(box, "/opt/card-terminal/b")
    folder = box.at("/opt/card-terminal/b/.venv")
    assert box.commands[0] == "/usr/bin/python3 -I -m venv --system-site-packages /opt/card-terminal/b/.venv"
    assert "--require-hashes --only-binary :all: -r /opt/card-terminal/b/requirements.lock" in box.commands[1]
    pth = folder / "lib/python3.11/site-packages/card-terminal.pth"
    assert pth.read_text() == "/opt/card-terminal/b\n"
    for name, module in (("terminal", "terminal.__main__"), ("hq", "hq.__main__")):
        lines = (folder / "bin" / name).read_text().splitlines()
        assert lines[0] == "#!/opt/card-terminal/b/.venv/bin/python -I"
        assert f"from {module} import main" in lines
        assert (folder / "bin" / name).stat().st_mode & 0o777 == 0o755
    assert "import smartcard, evdev, terminal.app, terminal.updating" in box.commands[-1]


def test_a_bundle_brings_its_packages_and_asks_no_network(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    slot = "/opt/card-terminal/b"
    version(box.at(slot), "1")
    box.at(f"{slot}/site").mkdir()
    environment.make(box, slot)
    assert "--system-site-packages --without-pip" in box.commands[0]
    assert not [one for one in box.commands if "pip install" in one]
    pth = box.at(f"{slot}/.venv/lib/python3.11/site-packages/card-terminal.pth")
    assert pth.read_text() == f"{slot}/site\n{slot}\n"
    assert [one for one in box.commands if one.endswith(f"{slot}/terminal {slot}/hq {slot}/site")]


@pytest.mark.parametrize("name", ["terminal-back.service", "back-to-steady", "terminal-update.service"])
def test_a_version_from_which_no_boot_would_go_back_is_not_made(name: str, tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    slot = "/opt/card-terminal/b"
    version(box.at(slot), "1")
    box.at(f"{slot}/systemd/{name}").unlink()
    with pytest.raises(NotInstalled, match=f"no systemd/{name}: after a power cut"):
        environment.make(box, slot)
    assert box.commands == []


def test_what_lies_in_a_slot_is_named_by_its_own_words(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    version(box.at("/opt/card-terminal/b"), "1.2.3")
    found = environment.named(box, "/opt/card-terminal/b", "hash")
    assert found == Release(
        version="1.2.3",
        machine=platform.machine(),
        python=f"{sys.version_info[0]}.{sys.version_info[1]}",
        schema=8,
        openable_from=8,
        made_of="hash",
    )
    code = box.commands[-1].partition(" -c ")[2]
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [str(OURS.version), str(OURS.openable_from)]


def test_the_installer_needs_nothing_that_is_not_pythons_own() -> None:
    root = Path(release.__file__).parents[2]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import terminal.install.__main__\n"
        "print(*sorted(n for n in sys.modules if n.partition('.')[0] not in sys.stdlib_module_names))"
    )
    shown = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code, root], capture_output=True, text=True, check=True
    )
    assert {name.partition(".")[0] for name in shown.stdout.split()} <= {"terminal", "__main__"}
    found = {name for name in shown.stdout.split() if name.startswith("terminal.")}
    assert {name for name in found if not name.startswith("terminal.install")} == {
        "terminal.core", "terminal.core.called", "terminal.runtime", "terminal.runtime.address",
        "terminal.runtime.durable", "terminal.runtime.steps",
    }  # fmt: skip
