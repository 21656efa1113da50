"""A release is tried, and kept or given up, whatever was killed in between."""

from __future__ import annotations

import errno
import json
import subprocess
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from msgspec.structs import replace

from lab.made_releases import Box, Maker, laid, machine
from terminal.install import slots as slots_module
from terminal.install.box import NotInstalled
from terminal.install.slots import Last, Release, Slots, Wanted
from terminal.maintenance.update import settling as settling_module
from terminal.maintenance.update.settling import CUT, settled
from terminal.maintenance.update.trial import DEADLINE_S, STEADY_S, Seen
from terminal.maintenance.update.trusted import Trusted
from terminal.updating import status

SCRIPT = Path(__file__).parents[3] / "systemd" / "back-to-steady"
ILL = frozenset(["2.0.0"])
WHY = "not well after 600 s: it is not ready"


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    found = machine(tmp_path / "box", Maker(tmp_path / "maker"))
    laid(found, "b", "2.0.0")
    return found


def stand(slots: Slots) -> tuple[str, str, Wanted | None]:
    return slots.current, slots.steady, slots.wanted()


def test_what_runs_well_is_kept(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    box = Box(slots)
    assert settled(slots, box, "1") == Last(version="2.0.0", well=True)
    assert stand(slots) == ("b", "b", None)
    assert slots.last() == Last(version="2.0.0", well=True)
    assert (slots.root / "steady").readlink() == Path("b")
    assert (box.runs, box.restarts, box.s, box.followed) == ("b", 1, STEADY_S, "b")
    assert slots.release_in("a") is not None


def test_what_does_not_run_well_is_given_up_and_never_gone_to_again(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    box = Box(slots, ill=ILL)
    assert settled(slots, box, "1") == Last(version="2.0.0", well=False, why=WHY)
    assert stand(slots) == ("a", "a", None)
    assert slots.last() == Last(version="2.0.0", well=False, why=WHY)
    assert (box.runs, box.restarts, box.s, box.followed) == ("a", 2, DEADLINE_S, "")
    assert slots.release_in("b") is None
    assert slots.release_in("a") is not None


def test_where_nothing_is_wanted_nothing_is_done(slots: Slots) -> None:
    box = Box(slots)
    assert settled(slots, box, "1") is None
    assert (stand(slots), box.restarts, slots.last()) == (("a", "a", None), 0, None)


def test_a_wish_of_the_boot_before_is_forgotten(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    box = Box(slots)
    assert settled(slots, box, "2") is None
    assert (stand(slots), box.restarts) == (("a", "a", None), 0)
    assert slots.release_in("b") is not None


def test_a_slot_that_is_not_whole_is_not_tried(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    slots.discard("b")
    box = Box(slots)
    assert settled(slots, box, "1") is None
    assert (stand(slots), box.restarts) == (("a", "a", None), 0)


def test_it_goes_on_where_it_was_killed_before_the_restart(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    box = Box(slots)
    slots.begin_trial("b")
    assert settled(slots, box, "1") == Last(version="2.0.0", well=True)
    assert (stand(slots), box.runs, box.restarts) == (("b", "b", None), "b", 1)


def test_what_was_just_begun_is_not_begun_again_while_the_one_before_ends(slots: Slots) -> None:
    class Ending(Box):
        def seen(self) -> Seen:
            seen = super().seen()
            return seen if self.s > 5 else replace(seen, slot="a")

    slots.want(Wanted(slot="b", boot="1"))
    box = Ending(slots)
    assert settled(slots, box, "1") == Last(version="2.0.0", well=True)
    assert box.restarts == 1


def test_what_runs_already_is_not_started_again(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    box = Box(slots)
    slots.begin_trial("b")
    box.restart()
    settled(slots, box, "1")
    assert (stand(slots), box.restarts) == (("b", "b", None), 1)


def test_what_was_kept_before_the_kill_is_told(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    slots.begin_trial("b")
    slots.keep()
    box = Box(slots)
    assert settled(slots, box, "1") == Last(version="2.0.0", well=True)
    assert (stand(slots), box.restarts, box.followed) == (("b", "b", None), 0, "b")


def test_what_failed_before_the_kill_is_gone_back_from_and_not_tried_again(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    slots.begin_trial("b")
    slots.want(Wanted(slot="b", boot="1", why="odd"))
    box = Box(slots)
    slots.go_back()
    assert settled(slots, box, "1") == Last(version="2.0.0", well=False, why="odd")
    assert (stand(slots), box.runs, slots.release_in("b")) == (("a", "a", None), "a", None)
    slots.want(Wanted(slot="b", boot="1", why="odd"))  # Killed once more, before it was forgotten.
    assert settled(slots, box, "1") == Last(version="2.0.0", well=False, why="odd")
    assert stand(slots) == ("a", "a", None)


def test_a_trial_of_another_boot_is_given_up(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    slots.begin_trial("b")
    box = Box(slots)
    assert settled(slots, box, "2") == Last(version="2.0.0", well=False, why=CUT)
    assert CUT == "the machine was started anew while it was tried"
    assert (stand(slots), box.runs) == (("a", "a", None), "a")


def test_what_the_installer_switched_to_is_what_is_gone_back_to(slots: Slots) -> None:
    slots.begin_trial("b")
    box = Box(slots, ill=frozenset(["1.0.0"]))
    assert (settled(slots, box, "1"), box.restarts) == (None, 0)
    assert (stand(slots), slots.tried) == (("b", "b", None), False)
    slots.want(Wanted(slot="a", boot="1"))
    settled(slots, box, "1")
    assert (stand(slots), box.runs) == (("b", "b", None), "b")


def test_nobody_needs_to_have_laid_the_other_link(slots: Slots) -> None:
    (slots.root / "steady").unlink()
    assert stand(slots) == ("a", "a", None)
    slots.want(Wanted(slot="b", boot="1"))
    assert (slots.root / "steady").readlink() == Path("a")


def test_where_it_is_killed_on_the_way_back_it_is_not_tried_again(slots: Slots) -> None:
    class Killed(Box):
        def restart(self) -> None:
            super().restart()
            if self.restarts == 2:
                raise KeyboardInterrupt

    slots.want(Wanted(slot="b", boot="1"))
    with pytest.raises(KeyboardInterrupt):
        settled(slots, Killed(slots, ill=ILL), "1")
    assert slots.wanted() == Wanted(slot="b", boot="1", why=WHY)
    box = Box(slots, ill=ILL)
    assert settled(slots, box, "1") == Last(version="2.0.0", well=False, why=WHY)
    assert (box.s, box.restarts) == (0, 1)


def test_what_does_not_run_yet_is_waited_for_and_not_started_twice(slots: Slots) -> None:
    class Slow(Box):
        def seen(self) -> Seen:
            return super().seen() if self.s > 5 else Seen(active=False)

    slots.want(Wanted(slot="b", boot="1"))
    box = Slow(slots)
    assert settled(slots, box, "1") == Last(version="2.0.0", well=True)
    assert box.restarts == 1


def test_of_what_has_no_mark_any_more_the_name_is_said_that_was_told(slots: Slots) -> None:
    slots.discard("b")
    slots.want(Wanted(slot="b", boot="1", why="odd"))
    assert settled(slots, Box(slots), "1") == Last(version="", well=False, why="odd")
    slots.tell(Last(version="2.0.0", well=False, why="odd"))
    slots.want(Wanted(slot="b", boot="1", why="odd"))
    assert settled(slots, Box(slots), "1") == Last(version="2.0.0", well=False, why="odd")


def test_the_way_back_is_tried_like_any_other(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    box = Box(slots)
    settled(slots, box, "1")
    slots.want(Wanted(slot="a", boot="1"))
    assert settled(slots, box, "1") == Last(version="1.0.0", well=True)
    assert (stand(slots), box.runs) == (("a", "a", None), "a")


def test_after_a_power_cut_the_boot_starts_what_proved_well(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    slots.begin_trial("b")
    for _ in range(2):  # It may be cut as well.
        done = subprocess.run([SCRIPT, slots.root], check=True, capture_output=True, text=True)
        assert stand(slots) == ("a", "a", None)
        assert slots.cut() == Wanted(slot="b", boot="1")
    assert done.stdout == ""
    assert slots.release_in("b") is not None


@pytest.mark.parametrize("label", ["update.kept", "update.told", "update.followed"])
def test_after_a_power_cut_what_was_kept_is_not_said_to_be_given_up(
    label: str, slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_at(reached: str) -> None:
        if reached == label:
            raise KeyboardInterrupt

    slots.want(Wanted(slot="b", boot="1"))
    with monkeypatch.context() as patch:
        for module in (settling_module, slots_module):
            patch.setattr(module, "reached", cut_at)
        with pytest.raises(KeyboardInterrupt):
            settled(slots, Box(slots), "1")
    subprocess.run([SCRIPT, slots.root], check=True, capture_output=True)
    assert stand(slots) == ("b", "b", Wanted(slot="b", boot="1"))
    assert slots.cut() is None
    assert list(status(slots))[2] == "slot b proved well; the others follow it"
    box = Box(slots)
    assert settled(slots, box, "2") == Last(version="2.0.0", well=True)
    assert (stand(slots), slots.last(), box.followed, box.restarts) == (
        ("b", "b", None), Last(version="2.0.0", well=True), "b", 0,
    )  # fmt: skip


def test_the_others_follow_what_is_told_already(slots: Slots) -> None:
    class Cut(Box):
        def follow(self) -> None:
            raise KeyboardInterrupt

    slots.want(Wanted(slot="b", boot="1"))
    with pytest.raises(KeyboardInterrupt):
        settled(slots, Cut(slots), "1")
    subprocess.run([SCRIPT, slots.root], check=True, capture_output=True)
    assert (slots.last(), slots.cut()) == (Last(version="2.0.0", well=True), None)


def test_the_boot_says_from_what_it_went_back(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    slots.begin_trial("b")
    done = subprocess.run([SCRIPT, slots.root], check=True, capture_output=True, text=True)
    assert done.stdout.endswith("back to slot a\n")


def test_the_next_trial_ends_what_is_said_of_the_cut(slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    subprocess.run([SCRIPT, slots.root], check=True, capture_output=True)
    assert slots.cut() is not None
    slots.want(Wanted(slot="b", boot="2"))
    settled(slots, Box(slots), "2")
    assert slots.cut() is None


@pytest.mark.parametrize("used", ["current", "steady"])
def test_a_slot_in_use_is_never_cleared(used: str, slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    slots.begin_trial("b")
    with pytest.raises(NotInstalled, match="is in use"):
        slots.clear(getattr(slots, used))
    assert slots.release_in("a") is not None
    assert slots.release_in("b") is not None


def test_what_is_cleared_is_empty_and_not_whole(slots: Slots) -> None:
    slots.clear("b")
    assert list(slots.folder("b").iterdir()) == []
    assert slots.folder("b").stat().st_mode & 0o777 == 0o755
    slots.folder("b").rmdir()
    slots.clear("b")
    assert slots.release_in("b") is None
    assert slots.folder("b").is_dir()


@pytest.mark.parametrize("target", ["c", "../a", ""])
def test_links_lead_to_the_two_slots_alone(target: str, slots: Slots) -> None:
    (slots.root / "current").unlink()
    if target:
        (slots.root / "current").symlink_to(target)
    with pytest.raises(NotInstalled, match="current"):
        _ = slots.tried


def test_a_file_that_was_cut_short_says_as_little_as_none(slots: Slots) -> None:
    (slots.root / "wanted.json").write_bytes(b'{"slot":"b"')
    (slots.root / "b" / "release.json").write_bytes(b"")
    assert (slots.wanted(), slots.release_in("b")) == (None, None)


def test_the_other_slot_is_the_one_that_does_not_run(slots: Slots) -> None:
    assert (slots.other, slots.tried) == ("b", False)
    slots.want(Wanted(slot="b", boot="1"))
    slots.begin_trial("b")
    assert (slots.other, slots.tried) == ("a", True)


VALUES: dict[str, object] = {"str": "x", "int": 1, "bool": True}


def said_of(kind: type[object]) -> dict[str, object]:
    return {name: VALUES[str(hint)] for name, hint in kind.__annotations__.items()}


@pytest.mark.parametrize("kind", [Release, Trusted])
def test_a_maker_may_say_more_than_an_older_release_knows(kind: type[object]) -> None:
    assert msgspec.convert(said_of(kind) | {"news": 1}, kind) == msgspec.convert(said_of(kind), kind)


@pytest.mark.parametrize(
    ("kind", "name"), [(Last, "last.json"), (Release, "a/release.json"), (Wanted, "wanted.json")]
)
def test_releases_of_two_ages_read_each_others_files(kind: type[object], name: str, slots: Slots) -> None:
    def found() -> object:
        return {Last: slots.last, Release: partial(slots.release_in, "a"), Wanted: slots.wanted}[kind]()

    said = said_of(kind)
    (slots.root / name).write_text(json.dumps(said | {"news": 1}))
    assert found() == kind(**said)
    for field in said:
        for wrong in (None, [1], 1.5, True if said[field] == 1 and said[field] is not True else 1.0):
            (slots.root / name).write_text(json.dumps(said | {field: wrong}))
            assert found() is None
    for odd in ("", "[]", "1", "{}", '"x"'):
        (slots.root / name).write_text(odd)
        assert found() is None


def test_what_is_switched_to_without_a_trial_is_whole_and_proved_well(slots: Slots) -> None:
    slots.discard("b")
    with pytest.raises(NotInstalled, match="slot b is not whole"):
        slots.switch("b")
    laid(slots, "b", "2.0.0")
    slots.switch("b")
    assert [str((slots.root / link).readlink()) for link in ("current", "steady")] == ["b", "b"]


def test_a_slot_is_called_whole_when_all_of_it_is_on_the_disk(
    slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Path, bool]] = []
    whole = slots.release_in("a")
    assert whole is not None
    slots.clear("b")
    monkeypatch.setattr(
        slots_module, "_sync_disk", lambda folder: seen.append((folder, (folder / "release.json").exists()))
    )
    slots.complete("b", whole)
    assert seen == [(slots.folder("b"), False)]


def test_a_disk_that_does_not_take_it_leaves_it_unmarked(
    slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = slots.release_in("a")
    assert whole is not None
    slots.clear("b")
    monkeypatch.setattr(slots_module.ctypes, "CDLL", lambda *_, **__: SimpleNamespace(syncfs=lambda _: -1))
    monkeypatch.setattr(slots_module.ctypes, "get_errno", lambda: errno.EIO)
    with pytest.raises(OSError, match="Input/output error"):
        slots.complete("b", whole)
    assert slots.release_in("b") is None


def test_a_leftover_of_a_link_is_no_obstacle(slots: Slots) -> None:
    (slots.root / "current-new").symlink_to("nowhere")
    slots.begin_trial("b")
    assert (slots.current, (slots.root / "current-new").is_symlink()) == ("b", False)


def test_a_folder_that_is_none_holds_no_release(slots: Slots) -> None:
    slots.clear("b")
    slots.folder("b").rmdir()
    slots.folder("b").write_bytes(b"")
    assert slots.release_in("b") is None
