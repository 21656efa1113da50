"""`terminal update`: what is typed, what systemd says, what is laid into a slot."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from lab.bundle import release_of
from lab.made_releases import Maker, laid, machine, member, packed, release
from terminal import updating
from terminal.__main__ import main
from terminal.core.commands import ClockTrust
from terminal.install.box import Box, NotInstalled
from terminal.install.environment import python_here
from terminal.install.slots import Last, Slots, Wanted, alone
from terminal.maintenance.facts import ClockFacts, DiskFacts, Facts, LedgerFacts, QueueFacts
from terminal.maintenance.socket import Unanswered
from terminal.maintenance.update.trial import Seen
from terminal.store.migrations import OURS
from terminal.technician import FILLS, SERVED
from terminal.updating import Unit, prepare, run, slot_of, status
from tests.counter_config import COUNTER

ROOT = Path(__file__).parents[1]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "terminal.toml"
    path.write_text(COUNTER, encoding="utf-8")
    return path


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "maker")


@pytest.fixture
def slots(tmp_path: Path, maker: Maker) -> Slots:
    return machine(tmp_path / "box", maker)


WALL_MS = 1_795_780_800_000


def facts(
    trust: ClockTrust = ClockTrust.UNKNOWN,
    believed_ms: int | None = None,
    *,
    wall_ms: int = WALL_MS,
    signed_ms: int | None = None,
) -> Facts:
    return Facts(
        terminal="S1/T1",
        running=True,
        devices=(),
        ledger=LedgerFacts(path="/l", believed_ms=believed_ms, signed_ms=signed_ms),
        queue=QueueFacts(configured=False),
        clock=ClockFacts(wall_ms=wall_ms, trust=trust, synchronised=False, drift_ms=None),
        disk=DiskFacts(path="/", total_bytes=1, free_bytes=1, read_only=False),
    )


def answering(seen: Facts, *served: str) -> Callable[..., object]:
    """A terminal that runs; `served`: why it is not at rest, each time that it is asked."""
    left = iter(served)

    def asked(_socket: Path, _what: str, kind: type[Any], *_said: str, **_: object) -> object:
        if kind is Facts:
            return seen
        return kind(lines=tuple(islice(left, 1)))

    return asked


class Systemd(Box):
    """A machine whose `systemctl start terminal-update` ends as it is told."""

    def __init__(self, slots: Slots, last: Last | None, root: Path) -> None:
        super().__init__(root, self.ran, lambda _: None)
        self.slots = slots
        self.last = last
        self.said: list[tuple[str, ...]] = []
        self.wanted: Wanted | None = None
        (root / "run/systemd/system").mkdir(parents=True)
        (root / "proc/sys/kernel/random").mkdir(parents=True)
        (root / "proc/sys/kernel/random/boot_id").write_text("boot\n")

    def ran(self, command: Sequence[str]) -> tuple[int, str]:
        self.said.append(tuple(command))
        if command[1] == "start":
            self.wanted = self.slots.wanted()
            if self.last:
                self.slots.tell(self.last)
                self.slots.forget_wanted()
        return 0, ""


def tries(slot: str) -> list[tuple[str, ...]]:
    """Users and folders first, then the trial."""
    systemd = f"/opt/card-terminal/{slot}/systemd/card-terminal"
    return [
        ("/usr/bin/systemd-sysusers", f"{systemd}.sysusers"),
        ("/usr/bin/systemd-tmpfiles", "--create", f"{systemd}.tmpfiles"),
        ("/usr/bin/systemctl", "start", "terminal-update.service"),
    ]


WELL = Last(version="2.0.0", well=True)


@pytest.fixture
def systemd(slots: Slots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    found = Systemd(slots, WELL, tmp_path / "etc")
    monkeypatch.setattr(updating, "Box", lambda: found)
    monkeypatch.setattr(updating, "lost", lambda *_: "")
    monkeypatch.setattr(updating, "boot_id", lambda: "boot")
    monkeypatch.setattr(updating, "prepare", lambda *_: None)
    monkeypatch.setattr(updating, "asked", answering(facts()))
    monkeypatch.setattr(updating, "OURS", SimpleNamespace(version=8, openable_from=7))
    monkeypatch.setattr(updating.platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(updating, "python_here", lambda: "3.11")
    return found


def test_a_bundle_is_taken_and_tried_by_a_unit_of_its_own(
    config: Path, maker: Maker, slots: Slots, systemd: Systemd, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, str(maker.bundle()), slots.root) == 0
    assert systemd.said == tries("b")
    assert systemd.wanted == Wanted(slot="b", boot="boot")
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "the clock is not believed: the bundle is judged by the last time that was",
        "release 2.0.0 is whole in slot b; it is tried now, which takes a minute or more",
        "release 2.0.0 proved well",
    ]


def test_a_trial_waits_until_nobody_is_served(  # noqa: PLR0917  pytest gives them by name
    config: Path,
    maker: Maker,
    slots: Slots,
    systemd: Systemd,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pauses: list[tuple[float, int]] = []
    monkeypatch.setattr(updating.time, "sleep", lambda seconds: pauses.append((seconds, len(systemd.said))))
    monkeypatch.setattr(updating, "asked", answering(facts(), SERVED, FILLS))
    assert run(config, str(maker.bundle()), slots.root) == 0
    assert [seconds for seconds, _ in pauses] == [10.0, 10.0]
    assert {said for _, said in pauses} == {2}, "users and folders are made, and nothing is ended yet"
    assert systemd.said == tries("b")
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == [
        f"it waits: {SERVED}",
        "release 2.0.0 is whole in slot b; it is tried now, which takes a minute or more",
        "release 2.0.0 proved well",
    ]


@pytest.mark.parametrize("what", ["bundle", "back"])
def test_it_is_not_tried_while_somebody_is_served_and_served(  # noqa: PLR0917  pytest gives them by name
    what: str,
    config: Path,
    maker: Maker,
    slots: Slots,
    systemd: Systemd,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    laid(slots, "b", "0.9.0")
    pauses: list[float] = []
    monkeypatch.setattr(updating.time, "sleep", pauses.append)
    monkeypatch.setattr(updating, "asked", answering(facts(), *[FILLS] * 100))
    assert run(config, str(maker.bundle()) if what == "bundle" else "back", slots.root) == 1
    assert sum(pauses) == 15 * 60
    assert capsys.readouterr().err.startswith(f"A389 waited for 15 minutes: {FILLS}\nThe release that runs")
    assert (systemd.wanted, slots.wanted(), slots.current) == (None, None, "a")


def test_what_went_back_is_no_success(
    config: Path, maker: Maker, slots: Slots, systemd: Systemd, capsys: pytest.CaptureFixture[str]
) -> None:
    systemd.last = Last(version="2.0.0", well=False, why="odd")
    assert run(config, str(maker.bundle()), slots.root) == 1
    assert capsys.readouterr().err.startswith("A390 release 2.0.0: odd\nThe release before runs again.")


def test_what_the_unit_did_not_end_is_said(
    config: Path, maker: Maker, slots: Slots, systemd: Systemd, capsys: pytest.CaptureFixture[str]
) -> None:
    systemd.last = None
    assert run(config, str(maker.bundle()), slots.root) == 1
    assert capsys.readouterr().err.startswith("A389 nothing tries it here")


def test_a_refused_bundle_is_not_tried(
    config: Path, slots: Slots, systemd: Systemd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, str(Maker(tmp_path / "other").bundle()), slots.root) == 1
    assert capsys.readouterr().err.startswith("A388 ")
    assert run(config, str(tmp_path / "nothing"), slots.root) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'nothing'}: No such file or directory\n"
    assert systemd.said == []


LATE_MS = 1_803_556_800_000  # when makers' bundles end


NETWORK, SIGNED, NOBODY = ClockTrust.NETWORK, ClockTrust.HEADQUARTERS, ClockTrust.UNKNOWN


@pytest.mark.parametrize(
    ("seen", "made_ms", "code"),
    [
        (facts(NETWORK, wall_ms=LATE_MS), 0, 1),
        (facts(SIGNED, wall_ms=LATE_MS), 0, 1),
        # The terminal knows that headquarters says otherwise, whatever the system thinks of its clock.
        (facts(NOBODY, wall_ms=LATE_MS), 0, 0),
        (facts(NOBODY, LATE_MS, wall_ms=0), 0, 1),
        (facts(NETWORK, LATE_MS, wall_ms=LATE_MS - 1), 0, 0),
        # What headquarters signed, or the maker of what runs, is past, whoever sets the clock back.
        (facts(NETWORK, wall_ms=0, signed_ms=LATE_MS), 0, 1),
        (facts(NETWORK, wall_ms=0, signed_ms=LATE_MS - 1), 0, 0),
        (facts(NETWORK, wall_ms=0), LATE_MS, 1),
        (facts(NOBODY, wall_ms=0), LATE_MS, 1),
        # While it vouches for the clock, what it once had wrong is no hindrance.
        (facts(SIGNED, wall_ms=LATE_MS - 1, signed_ms=LATE_MS), LATE_MS, 0),
    ],
)
def test_which_clock_judges(  # noqa: PLR0917  pytest gives them by name
    seen: Facts,
    made_ms: int,
    code: int,
    config: Path,
    maker: Maker,
    slots: Slots,
    systemd: Systemd,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(updating, "asked", answering(seen))
    slots.complete("a", release(version="1.0.0", made_s=made_ms // 1000))
    assert run(config, str(maker.bundle()), slots.root) == code
    assert bool(systemd.said) is not bool(code)
    behind = "the clock is behind what is surely past: the bundle is judged by that"
    sure_ms = max(seen.ledger.signed_ms or 0, made_ms)
    is_behind = seen.clock.trust is NETWORK and seen.clock.wall_ms < sure_ms
    assert (behind in capsys.readouterr().out.splitlines()) is is_behind


@pytest.mark.usefixtures("systemd")
def test_a_terminal_that_does_not_run_may_be_mended_by_a_release(
    config: Path, maker: Maker, slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unanswered(*_: object, **__: object) -> Facts:
        raise Unanswered("nobody")

    monkeypatch.setattr(updating, "asked", unanswered)
    assert run(config, str(maker.bundle()), slots.root) == 0


def test_back_tries_the_other_slot(
    config: Path, slots: Slots, systemd: Systemd, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "back", slots.root) == 1
    assert capsys.readouterr().err.startswith("A391 the other slot holds no release")
    laid(slots, "b", "0.9.0")
    systemd.last = Last(version="0.9.0", well=True)
    assert run(config, "back", slots.root) == 0
    assert systemd.wanted == Wanted(slot="b", boot="boot")
    slots.want(Wanted(slot="b", boot="boot"))
    assert run(config, "back", slots.root) == 1
    assert "is being tried" in capsys.readouterr().err


def test_back_is_refused_where_the_release_before_could_not_open_the_ledger(
    config: Path, slots: Slots, systemd: Systemd, capsys: pytest.CaptureFixture[str]
) -> None:
    slots.complete("b", release(version="0.9.0", schema=7, openable_from=7))
    assert run(config, "back", slots.root) == 1
    assert capsys.readouterr().err.startswith("A391 release 0.9.0: it has schema 7, and the ledger is opened")
    assert systemd.said == []


HEADQUARTERS_BEGINS = "/etc/systemd/system/multi-user.target.wants/hq.service"


def known(slots: Slots, slot: str, steps: int) -> None:
    """So many steps of its database headquarters knows in that slot."""
    folder = slots.folder(slot) / "hq/schema"
    folder.mkdir(parents=True)
    for step in range(1, steps + 1):
        (folder / f"{step:04}_step.sql").write_text("")


@pytest.mark.parametrize(("serves", "code"), [(False, 0), (True, 1)])
def test_on_a_headquarters_back_is_refused_where_the_release_before_could_not_open_its_database(  # noqa: PLR0917
    serves: bool,  # noqa: FBT001  a parameter
    code: int,
    config: Path,
    slots: Slots,
    systemd: Systemd,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if serves:
        systemd.link(HEADQUARTERS_BEGINS, "/etc/systemd/system/hq.service")
    laid(slots, "b", "0.9.0")
    known(slots, "a", 17)
    known(slots, "b", 16)
    systemd.last = Last(version="0.9.0", well=True)
    assert run(config, "back", slots.root) == code
    said = capsys.readouterr().err
    why = "headquarters of this machine has brought its database to schema 17, and it knows 16"
    assert said.startswith(f"A391 release 0.9.0: {why}") is serves
    assert bool(systemd.said) is not serves
    assert slots.release_in("b") is not None


@pytest.mark.parametrize(("serves", "code"), [(False, 0), (True, 1)])
def test_on_a_headquarters_a_bundle_is_refused_that_could_not_open_its_database(  # noqa: PLR0917
    serves: bool,  # noqa: FBT001  a parameter
    code: int,
    config: Path,
    maker: Maker,
    slots: Slots,
    systemd: Systemd,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if serves:
        systemd.link(HEADQUARTERS_BEGINS, "/etc/systemd/system/hq.service")
    known(slots, "a", 1)
    laid(slots, "b", "0.9.0")
    assert run(config, str(maker.bundle()), slots.root) == code
    assert ("A388 headquarters of this machine" in capsys.readouterr().err) is serves
    kept = slots.release_in("b")
    assert kept is not None
    assert kept.version == ("0.9.0" if serves else "2.0.0")
    assert bool(systemd.said) is not serves


def test_back_is_refused_where_the_release_before_is_for_a_python_that_is_gone(
    config: Path, slots: Slots, systemd: Systemd, capsys: pytest.CaptureFixture[str]
) -> None:
    slots.complete("b", release(version="0.9.0", python="3.9"))
    assert run(config, "back", slots.root) == 1
    why = "A391 release 0.9.0: it is for Python 3.9, and this machine has Python 3.11"
    assert capsys.readouterr().err.startswith(why)
    assert systemd.said == []


@pytest.mark.parametrize(("least", "code"), [(None, 0), (7, 0), (8, 1)])
def test_a_bundle_is_refused_whose_program_could_not_open_the_ledger_that_is_here(  # noqa: PLR0917
    least: int | None,
    code: int,
    config: Path,
    maker: Maker,
    slots: Slots,
    systemd: Systemd,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The ledger's own word counts: a release newer than the one that runs may have brought it there."""
    seen = facts()
    seen = msgspec.structs.replace(seen, ledger=msgspec.structs.replace(seen.ledger, openable_from=least))
    monkeypatch.setattr(updating, "asked", answering(seen))
    assert run(config, str(maker.bundle(said=release(schema=7, openable_from=7))), slots.root) == code
    assert bool(systemd.said) is not bool(code)
    assert ("A388 " in capsys.readouterr().err) is bool(code)


def test_one_that_went_back_leaves_the_release_before_to_go_back_to(
    config: Path, maker: Maker, slots: Slots, systemd: Systemd, capsys: pytest.CaptureFixture[str]
) -> None:
    laid(slots, "b", "0.9.0")
    systemd.last = Last(version="2.0.0", well=False, why="odd")
    assert run(config, str(maker.bundle()), slots.root) == 1
    assert "slot b holds what it held before" in capsys.readouterr().out.splitlines()
    assert "slot b: release 0.9.0, schema 8" in list(status(slots))
    systemd.last = Last(version="0.9.0", well=True)
    assert run(config, "back", slots.root) == 0


def test_whoever_was_killed_while_it_was_tried_left_it_to_the_unit_to_give_back(
    config: Path, maker: Maker, slots: Slots, systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(slots, "b", "0.9.0")

    def killed(*_: object) -> Last:
        slots.want(Wanted(slot="b", boot="boot"))
        raise KeyboardInterrupt

    monkeypatch.setattr(updating, "tried", killed)
    with pytest.raises(KeyboardInterrupt):
        run(config, str(maker.bundle()), slots.root)
    assert list(status(slots))[1:3] == [
        "slot b: release 2.0.0, schema 8",
        "slot b held release 0.9.0, and holds it again unless another proves well",
    ]
    slots.want(Wanted(slot="b", boot="boot", why="odd"))
    with alone(slots.root):  # Who waits for the trial is at work.
        assert run(config, "settle", slots.root) == 0
        assert slots.release_in("b") is None
    assert run(config, "settle", slots.root) == 0
    assert list(status(slots))[1] == "slot b: release 0.9.0, schema 8"
    assert systemd.said


def test_two_updates_do_not_run_at_once(
    config: Path, slots: Slots, systemd: Systemd, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(slots.root):
        assert run(config, "back", slots.root) == 1
        assert capsys.readouterr().err.startswith("A389 another installation or update is at work")
        assert run(config, "settle", slots.root) == 0  # Its own unit is not kept out.
    assert systemd.said == []


def test_status_says_what_lies_where(
    config: Path, slots: Slots, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(updating, "ROOT", slots.root)
    assert list(status(slots)) == [
        "slot a: release 1.0.0, schema 8; runs, proved well",
        "slot b: nothing that is whole",
    ]
    laid(slots, "b", "2.0.0")
    slots.want(Wanted(slot="b", boot="1"))
    assert list(status(slots))[2:] == ["slot b is being tried"]
    slots.begin_trial("b")
    slots.tell(Last(version="1.5.0", well=False, why="odd"))
    assert list(status(slots)) == [
        "slot a: release 1.0.0, schema 8; proved well",
        "slot b: release 2.0.0, schema 8; runs",
        "slot b is being tried",
        "release 1.5.0 was given up: odd",
    ]
    (slots.root / "wanted.json").rename(slots.root / "cut.json")
    assert "the machine was started anew while slot b was being tried; it was given up" in status(slots)
    assert run(config, "status", slots.root) == 0
    assert capsys.readouterr().out.startswith("slot a: release 1.0.0")


def test_where_nobody_laid_slots_it_says_so(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "status", tmp_path) == 1
    assert capsys.readouterr().err.startswith(
        f"A389 {tmp_path / 'current'}: No such file or directory: not laid"
    )


def test_it_is_typed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["update", "status", "--config", str(config)]) == 1
    assert "/opt/card-terminal/current" in capsys.readouterr().err


@pytest.mark.usefixtures("systemd")
def test_settle_goes_on_with_what_is_wanted(
    config: Path, slots: Slots, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "settle", slots.root) == 0
    assert capsys.readouterr().out == "nothing is to be tried\n"
    laid(slots, "b", "2.0.0")
    slots.want(Wanted(slot="b", boot="boot", why="odd"))
    assert run(config, "settle", slots.root) == 0
    assert capsys.readouterr().out == "release 2.0.0 was given up: odd\n"


def test_what_would_be_gone_after_a_restart_is_not_begun(
    config: Path,
    slots: Slots,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also where the program lies on a partition of its own: what it lays in /etc does not."""
    box = Systemd(slots, WELL, tmp_path / "box")
    box.write("/proc/self/mounts", "overlay / overlay rw 0 0\n/dev/p4 /opt/card-terminal ext4 rw 0 0\n")
    monkeypatch.setattr(updating, "Box", lambda: box)
    for what in ("back", "a.ctb"):
        assert run(config, what, slots.root) == 1
        said = capsys.readouterr().err
        assert said.startswith("A389 /etc/card-terminal lies in memory (overlay), and is as before")
        assert "make the root writable for the time" in said
    assert box.said == []


def test_a_process_runs_from_the_slot_whose_interpreter_it_is(tmp_path: Path) -> None:
    line = tmp_path / "cmdline"
    for program, slot in (
        ("b/.venv/bin/python", "b"),
        ("a/.venv/bin/python", "a"),
        ("c/python", ""),
        ("ab/python", ""),
    ):
        line.write_bytes(f"{tmp_path / program}\0-m\0terminal\0".encode())
        assert slot_of(tmp_path, line) == slot
    line.unlink()
    assert slot_of(tmp_path, line) == ""


SHOWN = "ActiveState={}\nMainPID={}\nWatchdogTimestampMonotonic={}\n"


@pytest.mark.parametrize(
    ("shown", "seen"),
    [
        (SHOWN.format("active", 0, 77), Seen(active=True, fed_us=77, ledger="L103")),
        (SHOWN.format("activating", 0, ""), Seen(active=False)),
        (SHOWN.format("failed", 0, 0), Seen(active=False, failed=True)),
        ("", Seen(active=False)),
    ],
)
def test_what_systemd_says_of_the_unit(
    shown: str, seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = SimpleNamespace(ledger=SimpleNamespace(fault="L103"))
    monkeypatch.setattr(updating, "_systemctl", lambda *_, **__: shown)
    monkeypatch.setattr(updating, "asked", lambda *_, **__: answer)
    assert Unit(tmp_path / "t.sock", tmp_path, Box(tmp_path)).seen() == seen


def test_a_terminal_that_does_not_answer_is_not_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updating, "_systemctl", lambda *_, **__: SHOWN.format("active", 0, 77))
    assert Unit(tmp_path / "t.sock", tmp_path, Box(tmp_path)).seen() == Seen(
        active=True, fed_us=77, ledger=None
    )


def test_a_restart_does_not_wait_forgives_starts_before_and_lays_what_the_version_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[tuple[str, ...]] = []
    monkeypatch.setattr(updating, "_systemctl", lambda *words: said.append(words) or "")
    ends = iter([(1, "odd\n"), (1, ""), (0, "told"), (1, "worse")])

    def ran(command: Sequence[str]) -> tuple[int, str]:
        said.append(tuple(command))
        return next(ends)

    unit = Unit(tmp_path / "t.sock", tmp_path, Box(tmp_path, ran))
    lays = ("/opt/card-terminal/current/.venv/bin/python", "-I", "-B", "-m", "terminal.install", "--lay")
    for why in ("odd", "ended with 1", ""):
        unit.restart()
        assert unit.seen().unlaid == why
    assert said[:4] == [
        (*lays, "tried"),
        ("daemon-reload",),
        ("reset-failed", "terminal"),
        ("restart", "--no-block", "terminal"),
    ]
    unit.follow()
    assert said[-1] == (*lays, "kept")
    assert unit.seen().unlaid == ""
    assert capsys.readouterr().err.splitlines()[-1] == "units and rules: worse"


def test_what_both_releases_say_is_read_whatever_else_the_newer_one_knows() -> None:
    text = b'{"terminal":"S1/T1","news":1,"ledger":{"path":"/l","fault":"odd","more":[]}}'
    assert msgspec.json.decode(text, type=updating._Answer).ledger.fault == "odd"


CONFIG_PY = """
class BadConfig(Exception):
    pass


def load(path):
    if path.read_text():
        raise BadConfig("of no use")
"""


def tree(slot: Path, app: str = "") -> None:
    for name, text in {
        "terminal/__init__.py": "",
        "terminal/__main__.py": "import other\n\n\ndef main():\n    print(other.NAME)\n    return 7\n",
        "terminal/app.py": app,
        "terminal/updating.py": "",
        "hq/__init__.py": "",
        "systemd/terminal-back.service": "",
        "systemd/back-to-steady": "",
        "systemd/terminal-update.service": "",
        "site/smartcard.py": "",
        "site/evdev.py": "",
        "terminal/config.py": CONFIG_PY,
        "site/other.py": "NAME = 'of this slot'\n",
    }.items():
        place = slot / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def empty(tmp_path: Path) -> Path:
    (tmp_path / "terminal.toml").write_text("")
    return tmp_path / "terminal.toml"


def test_a_slot_runs_its_own_tree_with_its_own_packages(tmp_path: Path) -> None:
    tree(tmp_path / "b")
    prepare(Box(), empty(tmp_path), tmp_path / "b")
    done = subprocess.run([tmp_path / "b/.venv/bin/terminal"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (7, "of this slot\n")
    assert (tmp_path / "b/.venv/bin/hq").exists()
    assert list((tmp_path / "b/site").glob("__pycache__/*.pyc"))


def test_a_release_that_cannot_use_the_configuration_is_not_tried(tmp_path: Path) -> None:
    tree(tmp_path / "b")
    (tmp_path / "terminal.toml").write_text("x")
    with pytest.raises(NotInstalled, match=r"cannot use .*terminal.toml:\nof no use"):
        prepare(Box(), tmp_path / "terminal.toml", tmp_path / "b")


def test_a_release_that_does_not_load_is_not_tried(tmp_path: Path) -> None:
    tree(tmp_path / "b", app="import nothing_of_that_name\n")
    with pytest.raises(NotInstalled, match="No module named 'nothing_of_that_name'"):
        prepare(Box(), empty(tmp_path), tmp_path / "b")


def test_where_no_systemd_runs_it_begins_with_the_next_start(
    config: Path, maker: Maker, slots: Slots, systemd: Systemd, capsys: pytest.CaptureFixture[str]
) -> None:
    systemd.at("/run/systemd/system").rmdir()
    systemd.at("/etc/card-terminal").mkdir(parents=True)
    systemd.at("/etc/card-terminal/terminal.toml").write_text("")
    home = systemd.at("/opt/card-terminal")
    home.parent.mkdir(parents=True)
    home.symlink_to(slots.root)
    payload = packed(member("systemd/terminal.service", b"[Install]\nWantedBy=multi-user.target\n"))
    said = release(unpacked=len(b"[Install]\nWantedBy=multi-user.target\n"), files=1)
    assert run(config, str(maker.bundle(payload=payload, said=said)), slots.root) == 0
    assert "release 2.0.0 in slot b begins with the next start" in capsys.readouterr().out
    assert (slots.current, slots.steady, slots.wanted()) == ("b", "b", None)
    assert systemd.said[:2] == tries("b")[:2]
    assert "start" not in [words[1] for words in systemd.said]
    unit = systemd.at("/etc/systemd/system/multi-user.target.wants/terminal.service")
    assert unit.is_symlink()


def test_a_bundle_says_what_its_ledger_needs() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        OURS.bring(made)
        least = made.execute("SELECT value FROM meta WHERE name = 'openable_from'").fetchone()[0]
    found = release_of(ROOT, "aarch64", "3.11")
    assert (found.schema, found.openable_from) == (OURS.version, least)
    assert (found.machine, found.python, found.may_replace) == ("aarch64", "3.11", "")


def test_python_is_said_as_wheels_are_named() -> None:
    assert python_here() == f"{sys.version_info[0]}.{sys.version_info[1]}"
