"""An installation on a machine in a folder: what it leaves, and what is left when it is cut off anywhere."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from terminal.install import system
from terminal.install.answers import Answers, configuration
from terminal.install.box import Box, NotInstalled
from terminal.install.data import DATA
from terminal.install.firewall import FILE
from terminal.install.slots import HOME, Slots, Wanted
from terminal.install.steps import CONFIG, PACKAGES, SCREEN_PACKAGES, uninstall
from tests.install.machine import ANSWERS, Cut, Machine, config, installed, leads_somewhere, links, version

SCREEN = Answers(merchant="M1", site="S1", terminal="T1", shop="S")


BACK = Path(__file__).parents[2] / "systemd/back-to-steady"


def slots_of(box: Machine) -> Slots:
    return Slots(box.at(HOME))


def booted(box: Machine) -> None:
    """As `terminal-back.service`, which has what was kept already ended by the unit that tries."""
    if box.at(f"{HOME}/wanted.json").exists():
        subprocess.run([BACK, box.at(HOME)], check=True, capture_output=True)
        if slots_of(box).wanted() is not None:
            box.ran(["/usr/bin/systemctl", "start", "terminal-update.service"])


def never() -> Answers:
    raise AssertionError("an installed box is asked nothing")


def test_a_fresh_machine_becomes_a_terminal(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    assert box.runs_of == "1"
    assert box.packages == set(PACKAGES)
    assert config(box) == configuration(ANSWERS)
    assert box.at(CONFIG).stat().st_mode & 0o777 == 0o640
    assert f"/usr/bin/chgrp card-terminal {box.at(CONFIG)}.new" in box.commands
    assert str(box.at("/opt/card-terminal/current").readlink()) == "a"
    made = links(box)
    assert made["/usr/local/bin/terminal"] == "/opt/card-terminal/current/.venv/bin/terminal"
    units = "/etc/systemd/system"
    assert {one: made[one] for one in made if ".wants/" in one} == {
        f"{units}/multi-user.target.wants/terminal.service": f"{units}/terminal.service",
        f"{units}/sysinit.target.wants/terminal-firewall.service": f"{units}/terminal-firewall.service",
        f"{units}/timers.target.wants/terminal-backup.timer": f"{units}/terminal-backup.timer",
    }
    assert all(
        target.startswith(("/opt/card-terminal/current/", "/etc/systemd/system/")) for target in made.values()
    )
    assert [line for line in box.said if not line.startswith(" ")] == [
        "1. Debian's packages",
        "2. This version, beside the one that runs",
        "3. Users, folders and the place for data",
        "4. Its configuration",
        "5. Over to this version",
    ]


def test_a_second_time_does_nothing(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    source = version(tmp_path / "one", "1")
    installed(box, source)
    before = links(box)
    box.commands.clear()
    installed(box, source)
    assert not [one for one in box.commands if "apt-get" in one or "restart" in one or "venv " in one]
    assert box.said[-1] == "   it runs already"
    assert links(box) == before


def test_a_terminal_that_does_not_run_is_started_by_a_second_time(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    source = version(tmp_path / "one", "1")
    installed(box, source)
    box.runs_of = ""
    installed(box, source)
    assert box.runs_of == "1"


def test_a_newer_version_goes_into_the_other_slot(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    box.at(CONFIG).write_text("its own")
    installed(box, version(tmp_path / "two", "2"))
    assert box.runs_of == "2"
    assert str(box.at("/opt/card-terminal/current").readlink()) == "b"
    assert box.at("/opt/card-terminal/a/hq/__init__.py").read_text() == "1"
    assert config(box) == "its own"
    installed(box, version(tmp_path / "three", "3"))
    assert (box.runs_of, str(box.at("/opt/card-terminal/current").readlink())) == ("3", "a")
    installed(box, tmp_path / "two")  # Whole still: nothing is made.
    assert (box.runs_of, box.said.count("   stands whole in /opt/card-terminal/b")) == ("2", 1)


def test_a_version_that_does_not_run_gives_way_to_the_one_before(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    two = version(tmp_path / "two", "2")
    (two / "systemd/more.service").write_text("2\n[Install]\nWantedBy=basic.target\n")
    before = links(box)
    box.broken = "2"
    with pytest.raises(NotInstalled, match="the version before runs again"):
        installed(box, two)
    assert (box.runs_of, links(box)) == ("1", before)


def test_a_version_whose_ledger_the_one_before_could_not_open_is_not_tried(tmp_path: Path) -> None:
    """Its start would bring the ledger there, and whatever was gone back to would stand."""
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    before = links(box)
    two = version(tmp_path / "two", "2")
    for _ in range(2):
        box.schema = "12 9"
        box.commands.clear()
        with pytest.raises(NotInstalled, match=r"version 2: .* schema 9 on, .* has 8: .* no way back"):
            installed(box, two)
        assert (box.runs_of, links(box), slots_of(box).wanted()) == ("1", before, None)
        assert not [one for one in box.commands if "sysusers" in one or "systemctl" in one]
        assert slots_of(box).release_in("b") is None
    box.schema = "12 8"
    installed(box, two)
    assert box.runs_of == "2"
    box.schema = "13 12"
    installed(box, version(tmp_path / "three", "3"))
    assert box.runs_of == "3"


def test_a_version_that_could_not_open_the_ledger_is_not_tried(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    before = links(box)
    box.schema = "7 7"
    box.commands.clear()
    with pytest.raises(NotInstalled, match=r"version 0: it has schema 7, .* from schema 8 on: it could not"):
        installed(box, version(tmp_path / "none", "0"))
    assert (box.runs_of, links(box), slots_of(box).wanted()) == ("1", before, None)
    assert not [one for one in box.commands if "systemctl" in one]


def test_after_an_upgrade_of_the_system_the_new_version_waits_for_no_trial_by_the_one_before(
    tmp_path: Path,
) -> None:
    """That has the environment of a Python that is gone: it runs no more, and tries nothing."""
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    slots = slots_of(box)
    one = slots.release_in("a")
    assert one is not None
    slots.complete("a", replace(one, python="3.9"))
    box.runs_of, box.fails = "", {"start terminal-update.service": (1, "failed")}
    with pytest.raises(NotInstalled, match=r"/a is for Python 3\.9: install from a checkout"):
        installed(box, slots.folder("a").resolve())
    installed(box, version(tmp_path / "two", "2"))
    assert (box.runs_of, slots.current, slots.steady, slots.wanted()) == ("2", "b", "b", None)
    assert (
        "   /opt/card-terminal/a is for Python 3.9, which this machine has no more: no way back to it"
        in box.said
    )


def with_steps(source: Path, count: int) -> Path:
    """That checkout, whose headquarters knows so many steps of its database."""
    for step in range(1, count + 1):
        file = source / f"hq/schema/{step:04}_step.sql"
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
    return source


def test_on_a_headquarters_a_version_that_could_not_open_its_database_is_not_tried(tmp_path: Path) -> None:
    """Its terminal would run well, and every site be without headquarters."""
    box = Machine(tmp_path / "box")
    one, two = (with_steps(version(tmp_path / text, text), int(text)) for text in ("1", "2"))
    installed(box, one, serves=True)
    installed(box, two)
    box.commands.clear()
    for source in (one, slots_of(box).folder("a").resolve(), with_steps(version(tmp_path / "0", "0"), 1)):
        with pytest.raises(NotInstalled, match=r"version [01]: headquarters .* schema 2, and it knows 1: it"):
            installed(box, source)
    assert (box.runs_of, slots_of(box).wanted()) == ("2", None)
    assert not [line for line in box.commands if "systemctl" in line]
    installed(box, with_steps(version(tmp_path / "3", "3"), 2))
    assert box.runs_of == "3"


def test_where_there_is_no_headquarters_its_database_is_nobodys(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    one, two = (with_steps(version(tmp_path / text, text), int(text)) for text in ("1", "2"))
    installed(box, two)
    installed(box, one)
    assert box.runs_of == "1"


@pytest.mark.parametrize("of_the_slot", [True, False])
def test_nor_is_one_that_stands_whole_already(tmp_path: Path, of_the_slot: bool) -> None:  # noqa: FBT001  a parameter
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    two = version(tmp_path / "two", "2")
    box.broken = "2"
    done, kept = box._systemctl, slots_of(box)
    box._systemctl = lambda words: (1, "") if words[0] == "start" else done(words)  # type: ignore[method-assign]
    with pytest.raises(NotInstalled, match="nothing tries it"):
        installed(box, two)
    kept.complete("b", replace(kept.release_in("b"), openable_from=9))  # type: ignore[type-var]
    with pytest.raises(NotInstalled, match="no way back"):
        installed(box, kept.folder("b").resolve() if of_the_slot else two)


RW = "/dev/p2 / ext4 rw 0 0\n"


def test_over_a_root_in_memory_nothing_is_begun(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    box.at("/proc/self/mounts").write_text("/dev/root / ext4 ro 0 0\noverlay / overlay rw 0 0\n")
    for begun in (lambda: installed(box, version(tmp_path / "one", "1")), lambda: uninstall(box)):
        with pytest.raises(NotInstalled, match=r"/opt/card-terminal lies in memory \(overlay\)"):
            begun()
    assert (box.commands, box.said) == ([], [])
    for mounts, where in (
        (f"/dev/p4 {HOME} ext4 rw 0 0\n", "/etc/card-terminal lies in memory"),
        (f"/dev/p4 {HOME} ext4 rw 0 0\n/dev/p5 /etc ext4 rw 0 0\n", "/usr/local/bin lies in memory"),
        (f"{RW}overlay /etc/systemd overlay rw 0 0\n", "/etc/systemd/system lies in memory"),
        (
            f"{RW}tmpfs /over tmpfs rw 0 0\noverlay {DATA} overlay rw,upperdir=/over/x 0 0\n",
            f"an overlay in memory lies over {DATA}",
        ),
    ):
        box.at("/proc/self/mounts").write_text(f"overlay / overlay rw 0 0\n{mounts}")
        for begun in (lambda: installed(box, tmp_path / "one"), lambda: uninstall(box)):
            with pytest.raises(NotInstalled, match=where):
                begun()
    for folder in ("/usr", "/var"):  # Where Debian's packages come.
        box.at("/proc/self/mounts").write_text(
            f"{RW}overlay {folder} overlay rw 0 0\n/dev/p6 /usr/local ext4 rw 0 0\n"
        )
        with pytest.raises(NotInstalled, match=f"{folder} lies in memory"):
            installed(box, tmp_path / "one")
    assert (box.commands, box.said) == ([], [])
    box.at("/run/systemd/system").rmdir()  # Where an image is made.
    installed(box, tmp_path / "one")
    assert str(box.at("/opt/card-terminal/current").readlink()) == "a"


def test_a_first_version_that_does_not_stay_up_is_no_success(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    starts = iter(["0", "1"])
    done = box._done
    box._done = lambda command: (  # type: ignore[method-assign]
        (0, next(starts)) if "--property=NRestarts" in command else done(command)
    )
    with pytest.raises(NotInstalled, match="does not stay up"):
        installed(box, version(tmp_path / "one", "1"))


def test_where_nothing_tries_a_version_the_one_before_runs_on_and_nothing_is_wanted(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    box.fails["start terminal-update.service"] = (5, "Unit terminal-update.service not found.\n")
    box.commands.clear()
    with pytest.raises(NotInstalled, match=r"nothing tries it here: Unit terminal-update\.service not found"):
        installed(box, version(tmp_path / "two", "2"))
    assert (slots_of(box).runs, slots_of(box).wanted(), box.runs_of) == ("a", None, "1")
    trying = [one for one in box.commands if "terminal-update" in one]
    assert trying == [
        *["/usr/bin/systemctl start terminal-update.service"] * 3,
        "/usr/bin/systemctl stop terminal-update.service",
    ]


def test_whoever_waits_for_a_trial_that_is_killed_waits_on(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    done, kills = box._systemctl, iter([True, True, False])

    def killed(words: list[str]) -> tuple[int, str]:
        if words == ["start", "terminal-update.service"] and next(kills):
            if not slots_of(box).tried:
                slots_of(box).begin_trial("b")
            return 1, "failed"
        return done(words)

    box._systemctl = killed  # type: ignore[method-assign]
    installed(box, version(tmp_path / "two", "2"))
    assert (slots_of(box).runs, slots_of(box).wanted(), box.runs_of) == ("b", None, "2")


def test_a_trial_that_nobody_ends_is_left_to_the_next_boot(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    done = box._systemctl

    def killed(words: list[str]) -> tuple[int, str]:
        if words == ["start", "terminal-update.service"]:
            slots_of(box).begin_trial("b")
            return 1, "failed"
        return done(words)

    box._systemctl = killed  # type: ignore[method-assign]
    with pytest.raises(NotInstalled, match=r"not tried to the end: journalctl -u terminal-update\.service"):
        installed(box, version(tmp_path / "two", "2"))
    assert slots_of(box).wanted() == Wanted(slot="b", boot="boot")
    booted(box)
    assert (slots_of(box).runs, slots_of(box).wanted()) == ("a", None)


def test_what_an_installation_asks_for_beside_the_version_begins_with_it(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    box.commands.clear()
    installed(box, version(tmp_path / "two", "2"), serves=True)
    assert "/usr/bin/systemctl restart hq.service" in box.commands
    assert box.commands.count("/usr/bin/systemctl restart terminal.service") == 0  # By whoever tries it.


def test_a_first_version_that_does_not_run_stays_to_be_looked_at(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    box.broken = "1"
    with pytest.raises(NotInstalled, match="ended with 1"):
        installed(box, version(tmp_path / "one", "1"))
    assert str(box.at("/opt/card-terminal/current").readlink()) == "a"


def test_a_version_that_cannot_use_the_configuration_changes_nothing(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    before = links(box)
    box.fails["from terminal.config"] = (1, "kiosk.colour: not known")
    with pytest.raises(NotInstalled, match=r"cannot use /etc/card-terminal/terminal.toml:\nkiosk.colour"):
        installed(box, version(tmp_path / "two", "2"))
    assert (box.runs_of, links(box), box.version) == ("1", before, "1")


def test_answers_that_cannot_be_used_leave_no_configuration(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    box.fails["from terminal.config"] = (1, "no")
    with pytest.raises(NotInstalled):
        installed(box, version(tmp_path / "one", "1"))
    assert list(box.at("/etc/card-terminal").iterdir()) == []


def test_links_that_cannot_be_made_leave_the_version_before(tmp_path: Path) -> None:
    """As on a root that is read only."""
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    box.at("/etc/systemd/system/more.service").mkdir()
    two = version(tmp_path / "two", "2")
    (two / "systemd/more.service").write_text("2")
    with pytest.raises(NotInstalled, match=r"the version before runs again: units and rules: .*directory"):
        installed(box, two)
    assert (box.runs_of, box.version) == ("1", "1")


def test_a_terminal_that_waits_to_be_mended_is_not_started_again_by_being_taken_away(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    uninstall(box)
    stops = [one.split()[2] for one in box.commands if " stop " in one]
    assert stops == ["terminal-maintenance.service", "terminal-kiosk.service"]


@pytest.mark.parametrize(
    "part", ["apt-get update", "apt-get install", "-m venv", "pip install", "compileall", "sysusers"]
)
def test_a_command_that_fails_leaves_the_version_before_and_a_second_time_completes(
    part: str, tmp_path: Path
) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    box.packages.clear()
    before = links(box)
    box.fails[part] = (1, "refused")
    with pytest.raises(NotInstalled, match="refused"):
        installed(box, version(tmp_path / "two", "2"))
    assert (box.runs_of, links(box), box.version) == ("1", before, "1")
    box.fails.clear()
    installed(box, tmp_path / "two")
    assert box.runs_of == "2"


@pytest.mark.parametrize(
    "part", ["-m venv", "pip install", "compileall", "terminal.updating", "sysusers", "from terminal.config"]
)
def test_one_that_is_refused_leaves_the_version_before_the_one_that_runs(part: str, tmp_path: Path) -> None:
    """To go back to: the other slot was cleared for what was never tried."""
    box = Machine(tmp_path / "box")
    for name in ("1", "2"):
        installed(box, version(tmp_path / name, name))
    kept = slots_of(box).release_in("a")
    assert kept is not None
    box.fails[part] = (1, "refused")
    for _ in range(2):
        with pytest.raises(NotInstalled, match="refused"):
            installed(box, version(tmp_path / "3", "3"))
        assert (box.runs_of, slots_of(box).release_in("a")) == ("2", kept)
        assert box.at(f"{HOME}/a/hq/__init__.py").read_text() == "1"
        assert box.said[-1] == "   /opt/card-terminal/a holds what it held before"
    box.fails.clear()
    installed(box, tmp_path / "1")
    assert (box.runs_of, box.said.count("   stands whole in /opt/card-terminal/a")) == ("1", 1)
    installed(box, tmp_path / "3")
    assert box.runs_of == "3"
    assert not list(box.at(HOME).glob("*.aside"))


def test_so_does_one_that_was_tried_and_does_not_run(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    for name in ("1", "2"):
        installed(box, version(tmp_path / name, name))
    box.broken = "3"
    with pytest.raises(NotInstalled, match="the version before runs again"):
        installed(box, version(tmp_path / "3", "3"))
    installed(box, tmp_path / "1")
    assert (box.runs_of, box.said.count("   stands whole in /opt/card-terminal/a")) == ("1", 1)


def test_one_that_is_tried_still_keeps_its_slot(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    for name in ("1", "2"):
        installed(box, version(tmp_path / name, name))
    done = box._systemctl
    slots_of(box).switch("b")

    def killed(words: list[str]) -> tuple[int, str]:
        if words[0] != "start":
            return done(words)
        slots_of(box).begin_trial("a")
        return 1, ""

    box._systemctl = killed  # type: ignore[method-assign,assignment]
    with pytest.raises(NotInstalled, match="not tried to the end"):
        installed(box, version(tmp_path / "3", "3"))
    assert (slots_of(box).current, box.version) == ("a", "3")
    box._systemctl = done  # type: ignore[method-assign]
    booted(box)
    assert box.version == "2"
    installed(box, tmp_path / "3")
    assert box.runs_of == "3"
    assert not list(box.at(HOME).glob("*.aside"))


def test_without_room_for_three_the_one_before_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Machine(tmp_path / "box")
    for name in ("1", "2"):
        installed(box, version(tmp_path / name, name))
    full = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr("terminal.install.slots.shutil.disk_usage", lambda _: full)
    installed(box, version(tmp_path / "3", "3"))
    assert "   no room to keep what /opt/card-terminal/a held meanwhile" in box.said
    assert box.runs_of == "3"


def steps_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, before: bool) -> int:
    box = Machine(tmp_path / "counted")
    counted(box, monkeypatch)
    if before:
        installed(box, tmp_path / "one")
    box.steps_left = 1_000
    installed(box, tmp_path / "two", SCREEN)
    return 1_000 - box.steps_left


def counted(box: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done to the slots counts, too."""
    monkeypatch.setattr("terminal.install.slots.reached", lambda _: box.step())
    monkeypatch.setattr(
        "terminal.maintenance.update.settling.reached",
        lambda label: None if label == "update.looking" else box.step(),
    )


def test_cut_off_at_any_step_of_a_third_there_are_two_whole_ones_once_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off again in what gives back, too: the second time is cut at each of its first steps."""
    for name in ("1", "2", "3"):
        version(tmp_path / name, name)

    def box_with_two(name: str) -> Machine:
        box = Machine(tmp_path / name)
        counted(box, monkeypatch)
        for one in ("1", "2"):
            installed(box, tmp_path / one)
        return box

    box = box_with_two("counted")
    box.steps_left = 1_000
    installed(box, tmp_path / "3")
    seen = set()
    for step in range(1_000 - box.steps_left):
        box = box_with_two(f"box{step}")
        for left in (step, step % 4):
            box.steps_left = left
            with pytest.raises(Cut):
                installed(box, tmp_path / "3")
            box.steps_left = -1
            booted(box)
            assert box.version in {"2", "3"}, step
        box.fails["from terminal.config"] = (1, "refused")
        with pytest.raises(NotInstalled, match="refused"):
            installed(box, tmp_path / "3")
        whole = {str(one.version) for name in "ab" if (one := slots_of(box).release_in(name))}
        seen.add(tuple(sorted(whole)))
        assert len(whole) == 2, step
        box.fails.clear()
        installed(box, tmp_path / "3")
        assert (box.runs_of, box.version) == ("3", "3"), step
        assert not list(box.at(HOME).glob("*.aside")), step
    assert ("1", "2") in seen


@pytest.mark.parametrize("before", [False, True])
def test_cut_off_at_any_step_one_whole_version_would_begin_and_a_second_time_completes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    version(tmp_path / "one", "1")
    version(tmp_path / "two", "2")
    (tmp_path / "two/systemd/more.service").write_text("2")
    count = steps_of(tmp_path, monkeypatch, before=before)
    assert count > 40
    for step in range(count):
        box = Machine(tmp_path / f"box{step}")
        counted(box, monkeypatch)
        if before:
            installed(box, tmp_path / "one")
        box.steps_left = step
        with pytest.raises(Cut):
            installed(box, tmp_path / "two", SCREEN)
        box.steps_left = -1
        booted(box)
        if before:
            assert box.version in {"1", "2"}, step
            assert config(box) == configuration(ANSWERS), step
        lost = {link for link, target in links(box).items() if not leads_somewhere(box, target)}
        # After a power cut in a trial a unit of the version that was tried alone leads nowhere, and is none.
        assert lost <= {"/etc/systemd/system/more.service"}, step
        installed(box, tmp_path / "two", SCREEN)
        assert (box.runs_of, box.version) == ("2", "2"), step
        assert "/etc/systemd/system/more.service" in links(box), step
        screen = "/etc/systemd/system/multi-user.target.wants/terminal-kiosk.service"
        assert box.at(screen).is_symlink() is not before, step


def test_what_a_version_no_longer_has_is_taken_away(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    one = version(tmp_path / "one", "1")
    (one / "systemd/more.timer").write_text("1\n[Install]\nWantedBy=timers.target\n")
    installed(box, one)
    assert len([path for path in links(box) if "more.timer" in path]) == 2
    installed(box, version(tmp_path / "two", "2"))
    assert not [path for path in links(box) if "more.timer" in path]


def test_a_unit_begins_with_the_machine_where_it_says_so(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    one = version(tmp_path / "one", "1")
    (one / "systemd/more.service").write_text("[Install]\nWantedBy=basic.target\n")
    installed(box, one)
    begin = {path for path in links(box) if ".wants/" in path}
    assert begin == {
        "/etc/systemd/system/basic.target.wants/more.service",
        "/etc/systemd/system/multi-user.target.wants/terminal.service",
        "/etc/systemd/system/sysinit.target.wants/terminal-firewall.service",
        "/etc/systemd/system/timers.target.wants/terminal-backup.timer",
    }


def test_while_an_update_is_tried_nothing_is_installed(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    slots_of(box).want(Wanted(slot="b", boot="boot"))
    box.commands.clear()
    with pytest.raises(NotInstalled, match="update is being tried"):
        installed(box, version(tmp_path / "two", "2"))
    assert box.commands == []


def test_the_version_before_comes_back_by_its_own_installer(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    installed(box, version(tmp_path / "two", "2"))
    slot = box.at("/opt/card-terminal/a")
    installed(box, slot)
    assert (box.runs_of, str(box.at("/opt/card-terminal/current").readlink())) == ("1", "a")


def test_a_slot_that_is_not_whole_does_not_install_itself(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    installed(box, version(tmp_path / "two", "2"))
    slot = box.at("/opt/card-terminal/a")
    slots_of(box).discard("a")
    with pytest.raises(NotInstalled, match="is not whole"):
        installed(box, slot)
    assert box.runs_of == "2"
    assert (slot / "install.sh").exists()


def test_units_that_were_put_there_by_hand_become_links(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    unit = box.at("/etc/systemd/system/terminal.service")
    unit.parent.mkdir(parents=True)
    unit.write_text("by hand")
    installed(box, version(tmp_path / "one", "1"))
    assert (unit.is_symlink(), box.runs_of) == (True, "1")


def test_a_screen_brings_its_browser_its_unit_and_the_firewall(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"), SCREEN)
    assert box.packages == {*PACKAGES, *SCREEN_PACKAGES}
    assert "/etc/systemd/system/multi-user.target.wants/terminal-kiosk.service" in links(box)
    assert "define page_port = 8321" in box.at(FILE).read_text().splitlines()
    assert "/usr/sbin/nft delete table inet card_terminal_page" not in box.commands
    assert "/usr/bin/systemctl restart terminal-kiosk.service" in box.commands
    installed(box, version(tmp_path / "two", "2"), SCREEN)
    assert "define page_port = 8321" in box.at(FILE).read_text().splitlines()
    assert "/etc/systemd/system/multi-user.target.wants/terminal-kiosk.service" in links(box)


def test_a_screen_is_refused_before_anything_is_done_where_no_browser_runs(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    box.at("/proc/meminfo").write_text("MemTotal:  425000 kB\n")
    with pytest.raises(NotInstalled, match="2 GB of memory"):
        installed(box, version(tmp_path / "one", "1"), SCREEN)
    assert (box.commands, box.at(CONFIG).exists()) == ([], False)
    installed(box, version(tmp_path / "two", "1"), replace(SCREEN, screen=False))
    assert box.packages == set(PACKAGES)


def test_without_a_screen_the_shops_network_is_held_back_all_the_same(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    assert "nftables" in box.packages
    assert "/usr/bin/systemctl reload-or-restart terminal-firewall.service" in box.commands
    assert not [one for one in box.commands if "nftables.service" in one]
    assert not box.at("/etc/nftables.conf").exists()
    assert "/etc/systemd/system/sysinit.target.wants/terminal-firewall.service" in links(box)
    lines = box.at(FILE).read_text().splitlines()
    assert "define shop_ports = { 8322, 8323 }" in lines
    assert "delete table inet card_terminal_page" in lines


def test_a_port_that_was_changed_is_guarded_after_the_next_installation(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    source = version(tmp_path / "one", "1")
    installed(box, source, SCREEN)
    config = box.at(CONFIG)
    config.write_text(f'{config.read_text()}\n[join_page]\naddress = "192.168.1.2"\nport = 9000\n')
    box.commands.clear()
    installed(box, source)
    assert "define shop_ports = { 8323, 9000 }" in box.at(FILE).read_text().splitlines()
    assert "/usr/bin/systemctl reload-or-restart terminal-firewall.service" in box.commands


def test_a_machine_that_is_headquarters_stays_one(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    unit = "/etc/systemd/system/multi-user.target.wants/hq.service"
    installed(box, version(tmp_path / "one", "1"))
    assert unit not in links(box)
    installed(box, version(tmp_path / "two", "2"), serves=True)
    installed(box, version(tmp_path / "three", "3"))
    assert unit in links(box)


def test_pins_are_the_terminals_where_the_system_has_them(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    box.at("/etc/group").write_text("root:x:0:\ngpio:x:9:\n")
    box.at("/proc/device-tree").mkdir()
    box.at("/proc/device-tree/model").write_text("Raspberry Pi 5\0")
    installed(box, version(tmp_path / "one", "1"))
    drop_in = box.at("/etc/systemd/system/terminal.service.d/gpio.conf")
    assert drop_in.read_text() == "[Service]\nSupplementaryGroups=gpio\n"
    assert "python3-rpi-lgpio" in box.packages
    uninstall(box)
    assert not drop_in.exists()


def test_a_debian_without_the_pins_library_says_so(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    box.at("/proc/device-tree").mkdir()
    box.at("/proc/device-tree/model").write_text("Raspberry Pi 4\0")
    box.fails["apt-cache"] = (100, "")
    installed(box, version(tmp_path / "one", "1"))
    assert "python3-rpi-lgpio" not in box.packages
    assert [line for line in box.said if "cannot be driven" in line]


def test_a_root_that_is_only_being_made_starts_nothing(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box", up=False)
    installed(box, version(tmp_path / "one", "1"))
    assert box.said[-1] == "   it begins with the next start of this machine"
    done = [one for one in box.commands if "systemctl" in one]
    assert done == []
    assert box.version == "1"


def test_what_is_taken_away_leaves_data_and_configuration(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    rules = box.at("/etc/nftables.conf")
    rules.write_text("flush ruleset\n")
    source = version(tmp_path / "one", "1")
    installed(box, source, SCREEN)
    ledger = box.at("/var/lib/card-terminal/ledger.db")
    ledger.write_text("money")
    mine = box.at("/etc/systemd/system/mine.service")
    mine.symlink_to("/opt/other/mine.service")
    uninstall(box)
    assert box.runs_of == ""
    assert links(box) == {"/etc/systemd/system/mine.service": "/opt/other/mine.service"}
    assert (ledger.read_text(), config(box)) == ("money", configuration(SCREEN))
    assert rules.read_text() == "flush ruleset\n"
    assert list(box.at("/etc/nftables.d").iterdir()) == []
    ended = [one for one in box.commands if one.startswith("/usr/sbin/nft ")]
    assert [one.split()[-1] for one in ended] == ["card_terminal_page", "card_terminal_shop"]
    assert not box.at("/opt/card-terminal").exists()
    uninstall(box)  # A second time finds nothing.
    installed(box, source, SCREEN)
    assert (box.runs_of, ledger.read_text()) == ("1", "money")


def test_nothing_is_taken_from_under_a_trial(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    installed(box, version(tmp_path / "one", "1"))
    installed(box, version(tmp_path / "two", "2"))
    slots = slots_of(box)
    slots.want(Wanted(slot="a", boot="boot"))  # Whoever began it is gone; its unit goes on.
    slots.begin_trial("a")
    before = links(box)
    box.commands.clear()
    with pytest.raises(NotInstalled, match="an update is being tried: sudo terminal update status"):
        uninstall(box)
    assert (links(box), box.commands, box.runs_of) == (before, [], "2")
    assert (slots.release_in("a") is None, slots.release_in("b") is None) == (False, False)
    slots.go_back()
    slots.forget_wanted()
    uninstall(box)
    assert not box.at("/opt/card-terminal").exists()


@pytest.mark.parametrize("cut", [-1, 0, 1, 2, 7])
def test_a_headquarters_that_is_installed_again_is_one_again(tmp_path: Path, cut: int) -> None:
    box = Machine(tmp_path / "box")
    source = version(tmp_path / "one", "1")
    installed(box, source, serves=True)
    wants = "/etc/systemd/system/multi-user.target.wants/hq.service"
    assert wants in links(box)

    def cut_off(box: Box) -> int:
        for link in system.ours(box)[:cut]:
            link.unlink()
        raise Cut

    if cut >= 0:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(system, "take_away", cut_off)
            with pytest.raises(Cut):
                uninstall(box)
    uninstall(box)
    assert wants not in links(box)
    assert "An installation lets it begin again" in box.said[-1]
    box.fails["sysusers"] = (1, "refused")
    with pytest.raises(NotInstalled, match="refused"):
        installed(box, source)
    box.fails.clear()
    installed(box, source)
    assert wants in links(box)
    box.at(wants).unlink()  # From now on by systemctl disable, as of any service.
    installed(box, source)
    assert wants not in links(box)


def test_a_machine_that_was_no_headquarters_becomes_none(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    source = version(tmp_path / "one", "1")
    installed(box, source)
    before = links(box)
    uninstall(box)
    assert [one.name for one in box.at("/etc/card-terminal").iterdir()] == ["terminal.toml"]
    installed(box, source)
    assert links(box) == before
