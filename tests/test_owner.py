"""Root types a command while the terminal is stopped; the terminal, of another user, goes on afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.core.values import SiteId
from terminal.runtime.clock import SystemClock
from terminal.store.adopt import adopt
from terminal.store.backup import KEPT_MAX, back_up
from terminal.store.file import Lock
from terminal.store.secret_copy import note_taken
from tests.counter_config import COUNTER
from tests.store.conftest import opened_at
from tests.store.copies import At
from tests.store.facts import issue, recharge

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, and another user beside it")

USER = 12_345
CODE = "AAAAAAAA-AAAAAAAAAAAAAAAAAAAAAAAA-AAAAAAAAAAAAAAAA"
NOBODY_THERE = "https://127.0.0.1:9"
ROOT = Path(__file__).parent.parent


class Box:
    """A data folder and a stick of the terminal's user, a configuration of root's."""

    def __init__(self, folder: Path) -> None:
        self.config, self.ledger, self.stick = (
            folder / "terminal.toml",
            folder / "data" / "ledger.db",
            folder / "stick",
        )
        folder.chmod(0o755)
        self.config.write_text(COUNTER.replace("data/ledger.db", str(self.ledger)))
        self.config.chmod(0o644)
        for made in (self.ledger.parent, self.stick):
            made.mkdir(mode=0o750)
            os.chown(made, USER, USER)

    def typed(self, *words: str | Path) -> int:
        """By root."""
        return main([*map(str, words), "--config", str(self.config)])

    def of_the_user(self, *words: str | Path) -> tuple[int, str]:
        """Exit and words of the same command as the terminal's user types it, in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "terminal", *words, "--config", self.config],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.ledger.parent,
            env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            user=USER,
            group=USER,
            extra_groups=[],
        )
        return done.returncode, done.stdout + done.stderr

    def cut_off(self, step: str, *words: str | Path) -> None:
        """The same by root, killed there."""
        subprocess.run(
            [sys.executable, "-m", "terminal", *words, "--config", self.config],
            check=False,
            cwd=ROOT,
            env={**os.environ, "TERMINAL_DIE_AT": step},
        )

    def owners(self) -> dict[str, int]:
        return {path.name: path.lstat().st_uid for path in self.ledger.parent.iterdir()}

    def is_the_users(self, *names: str) -> bool:
        """All that lies there is, and these are there."""
        return set(self.owners().values()) == {USER} and {*names} <= {*self.owners()}


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """Where another user comes to: pytest's own folder is root's alone."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.chdir(folder)
        yield Box(Path(folder))


def test_a_code_that_root_tries_before_the_first_start_leaves_a_ledger_that_the_terminal_opens(
    box: Box, capsys: pytest.CaptureFixture[str]
) -> None:
    assert box.typed("enrol", CODE, "--url", NOBODY_THERE) == 1
    assert "Cannot connect" in capsys.readouterr().err
    assert box.is_the_users("ledger.db", "ledger.lock", "ledger.made", "ledger.secret")
    code, said = box.of_the_user("enrol", CODE, "--url", NOBODY_THERE)
    assert code == 1
    assert "Cannot connect" in said


def test_the_keys_that_root_makes_to_enrol_are_the_terminals_to_sign_with(box: Box) -> None:
    assert box.typed("enrol", CODE, "--url", NOBODY_THERE) == 1
    assert box.is_the_users("ledger.enrolling", "ledger.site", "ledger.db")
    code, said = box.of_the_user("enrol", CODE, "--url", NOBODY_THERE)
    assert code == 1
    assert "Cannot connect" in said


def test_what_a_command_of_root_left_before_is_given_back_by_the_next(box: Box) -> None:
    box.typed("enrol", CODE, "--url", NOBODY_THERE)
    for path in box.ledger.parent.iterdir():
        os.chown(path, 0, 0)
    Lock(box.ledger).release()
    assert box.is_the_users("ledger.secret", "ledger.lock", "ledger.db")


async def test_the_ledger_is_the_terminals_while_root_still_has_it_open(box: Box) -> None:
    """Whoever waits for headquarters may be cut off by their line."""
    ledger = await opened_at(box.ledger, second=box.stick)
    try:
        assert box.is_the_users("ledger.db", "ledger.lock", "ledger.secret")
        await ledger.committer.submit(*issue(1))
        assert box.is_the_users("ledger.db", "ledger.db-wal")
    finally:
        await ledger.close()
    assert {path.stat().st_uid for path in box.stick.iterdir()} == {USER}


async def test_a_ledger_with_signs_of_a_pattern_in_its_name_is_found(box: Box) -> None:
    box.ledger = box.ledger.with_name("the [1*].db")
    await (await opened_at(box.ledger)).close()
    assert box.is_the_users("the [1*].db", "the [1*].secret")


async def test_what_is_restored_or_adopted_by_root_is_the_terminals(box: Box) -> None:
    ledger = await opened_at(box.ledger)
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2))
    await ledger.close()
    assert box.typed("ledger", "backup", "--same-disk", box.stick) == 0
    assert box.typed("ledger", "restore", "--over-whole", box.stick) == 0
    assert box.is_the_users("ledger.db", "ledger.keys", "ledger.site", "ledger.before-epoch-2.db")
    for path in box.ledger.parent.iterdir():
        os.chown(path, 0, 0)
    adopt(box.ledger.parent / "ledger.before-epoch-2.db", box.ledger, site=SiteId("S1"))
    assert box.is_the_users("ledger.db", "ledger.site")


def test_a_handheld_that_root_lets_in_is_known_to_the_terminal(box: Box) -> None:
    assert box.typed("enrol-handheld", "till-2", "--clock-is-right") == 0
    folder = box.ledger.with_suffix(".handhelds")
    assert {path.lstat().st_uid for path in (folder, *folder.iterdir())} == {USER}
    assert box.of_the_user("handhelds")[1].startswith("till-2 ")


async def filled(box: Box) -> None:
    ledger = await opened_at(box.ledger)
    await ledger.committer.submit(*issue(1))
    await ledger.close()
    note_taken(box.ledger, box.ledger.with_suffix(".secret").read_bytes())  # By root, read by the user.


async def test_a_backup_by_root_is_counted_and_dropped_with_the_nightly_ones(box: Box) -> None:
    await filled(box)
    made = [back_up(box.ledger, box.stick, clock=At(day)) for day in range(KEPT_MAX)]
    old = made[0]
    assert {path.lstat().st_uid for path in (old, *old.iterdir())} == {USER}
    code, said = box.of_the_user("ledger", "backup", "--same-disk", box.stick)
    assert (code, ": written and verified;" in said) == (0, True)
    assert not old.exists()


@pytest.mark.parametrize(
    ("owner", "mode", "well"),
    [(0, 0o755, False), (0, 0o777, True), (USER, 0o700, True), (USER, 0o500, False), (0, 0o733, False)],
)
async def test_a_backup_by_root_says_where_the_nightly_one_cannot_be_made(
    box: Box, capsys: pytest.CaptureFixture[str], owner: int, mode: int, *, well: bool
) -> None:
    """A stick that was just formatted is root's: tried by hand it was well, and each night it failed."""
    await filled(box)
    os.chown(box.stick, owner, owner)
    box.stick.chmod(mode)
    assert box.typed("ledger", "backup", "--same-disk", box.stick) == 0
    made, *more = capsys.readouterr().out.splitlines()
    assert ": written and verified;" in made
    assert more == (
        []
        if well
        else [
            (
                f"{box.stick}: {USER} cannot write there, so a nightly backup to it fails: sudo chown"
                f" {USER}: {box.stick} (FAT: mount it with uid={USER})"
            )
        ]
    )
    code, said = box.of_the_user("ledger", "backup", "--same-disk", box.stick)
    assert (code == 0, ": written and verified;" in said) == (well, well)


@pytest.mark.parametrize("step", ["backup.copied", "backup.written", "backup.before_rename"])
async def test_one_by_root_that_was_cut_off_is_taken_away_by_the_next(box: Box, step: str) -> None:
    await filled(box)
    box.cut_off(step, "ledger", "backup", "--same-disk", box.stick)
    assert [path.name[:12] for path in box.stick.iterdir()] == [".unfinished-"]
    code, said = box.of_the_user("ledger", "backup", "--same-disk", box.stick)
    assert (code, said.count("\n")) == (0, 1)
    assert [path.name[:7] for path in box.stick.iterdir()] == ["ledger-"]


async def test_what_lies_there_of_another_users_is_named_and_stops_no_backup(box: Box) -> None:
    await filled(box)
    old = back_up(box.ledger, box.stick, clock=At(0))
    left = box.stick / ".unfinished-1"
    left.mkdir(mode=0o700)
    (left / "ledger.db").touch()
    os.chown(old, 0, 0)
    code, said = box.of_the_user("ledger", "backup", "--same-disk", box.stick)
    assert code == 0
    assert f"{left}: is another user's, and cannot be taken away: sudo rm -r\n" in said
    assert (
        f"{old}: is another user's: it is neither counted nor ended with the others"
        "; sudo terminal ledger backup gives it back\n"
    ) in said
    assert {old, left} < {*box.stick.iterdir()}


async def test_those_that_an_earlier_version_left_to_root_are_given_by_the_next_of_roots(box: Box) -> None:
    await filled(box)
    now = SystemClock().wall_ms()
    old, older = (back_up(box.ledger, box.stick, clock=At(now - ago)) for ago in (1_000, 2_000))
    for path in (old, *old.iterdir(), older):
        os.chown(path, 0, 0)
    elsewhere = box.config.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "manifest.json").write_bytes((old / "manifest.json").read_bytes())
    (box.stick / "ledger-link").symlink_to(elsewhere)
    assert box.typed("ledger", "backup", "--same-disk", box.stick) == 0
    for backup in (old, older):
        assert {path.lstat().st_uid for path in (backup, *backup.iterdir())} == {USER}
    assert {path.stat().st_uid for path in (elsewhere, *elsewhere.iterdir())} == {0}
    code, said = box.of_the_user("ledger", "backup", "--same-disk", box.stick)
    assert (code, "another user's" in said) == (0, False)


async def test_a_folder_that_root_makes_for_backups_is_the_terminals(box: Box) -> None:
    await filled(box)
    made = back_up(box.ledger, box.stick / "of" / "the shop", clock=At())
    assert (made.parent.stat().st_uid, made.stat().st_uid) == (USER, USER)
    assert back_up(box.ledger, made.parent, clock=At(1)).parent == made.parent
