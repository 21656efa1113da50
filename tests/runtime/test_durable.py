"""Small files appear whole, and what root makes is whose the folder is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from terminal.runtime.durable import (
    give_folder_to_owner,
    give_to_owner,
    laid_over,
    lost_at_restart,
    not_mounted,
    put,
    read_or_make,
)

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
USER, GROUP, OTHER = 12_345, 12_346, 12_347


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of the terminal's user, where we may say so."""
    made = tmp_path / "data"
    made.mkdir()
    if os.geteuid() == 0:
        os.chown(made, USER, GROUP)
    return made


def owner(path: Path) -> tuple[int, int]:
    kept = path.lstat()
    return kept.st_uid, kept.st_gid


def test_what_was_left_of_a_put_that_was_cut_off_neither_stops_nor_misleads_the_next(folder: Path) -> None:
    other = folder / "other"
    other.write_bytes(b"of somebody")
    (folder / "one-new").symlink_to(other)
    put(folder / "one", b"1")
    (folder / "one-new").write_bytes(b"half of a longer one")
    (folder / "one-new").chmod(0o666)
    put(folder / "one", b"2")
    assert (folder / "one").read_bytes() == b"2"
    assert (folder / "one").stat().st_mode & 0o777 == 0o600
    assert other.read_bytes() == b"of somebody"
    assert {path.name for path in folder.iterdir()} == {"one", "other"}


@AS_ROOT
def test_what_root_puts_is_whose_the_folder_is(folder: Path) -> None:
    put(folder / "one", b"1")
    assert read_or_make(folder / "two", 2) == (folder / "two").read_bytes()
    assert owner(folder / "one") == owner(folder / "two") == (USER, GROUP)


@AS_ROOT
def test_a_file_or_a_folder_of_roots_is_given_and_nothing_of_somebody_elses(folder: Path) -> None:
    (folder / "file").touch()
    (folder / "folder" / "in it").mkdir(parents=True)
    (folder / "others").touch()
    os.chown(folder / "others", OTHER, OTHER)
    for path in folder.iterdir():
        give_to_owner(path)
    assert owner(folder / "file") == owner(folder / "folder") == (USER, GROUP)
    assert owner(folder / "others") == (OTHER, OTHER)


@AS_ROOT
def test_it_is_given_to_the_owner_of_another_folder_where_that_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    give_to_owner(tmp_path / "stick", folder)
    assert owner(tmp_path / "stick") == (USER, GROUP)


@AS_ROOT
def test_a_name_of_ours_for_a_file_of_the_systems_gives_that_to_nobody(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "shadow"
    secret.touch()
    (folder / "second name").hardlink_to(secret)
    give_to_owner(folder / "second name")
    (folder / "second name").unlink()
    (folder / "link").symlink_to(secret)
    give_to_owner(folder / "link")
    assert owner(secret) == (0, 0)
    assert owner(folder / "link") == (USER, GROUP)


@AS_ROOT
def test_a_folder_that_is_given_takes_along_what_is_roots_own_in_it(folder: Path, tmp_path: Path) -> None:
    made, secret = folder / "made", tmp_path / "shadow"
    secret.touch()
    (made / "deep").mkdir(parents=True)
    (made / "file").touch()
    (made / "second name").hardlink_to(secret)
    (made / "link").symlink_to(secret)
    (made / "others").touch()
    os.chown(made / "others", OTHER, OTHER)
    give_folder_to_owner(made)
    assert owner(made) == owner(made / "file") == (USER, GROUP)
    assert owner(made / "others") == (OTHER, OTHER)
    assert owner(secret) == owner(made / "link") == owner(made / "deep") == (0, 0)


@AS_ROOT
def test_no_folder_is_given_through_a_link_or_that_is_somebody_elses(folder: Path, tmp_path: Path) -> None:
    system = tmp_path / "system"
    system.mkdir()
    (system / "file").touch()
    (folder / "link").symlink_to(system)
    with pytest.raises(NotADirectoryError):
        give_folder_to_owner(folder / "link")
    (folder / "theirs").mkdir()
    (folder / "theirs" / "file").touch()
    os.chown(folder / "theirs", OTHER, OTHER)
    give_folder_to_owner(folder / "theirs")
    assert owner(system) == owner(system / "file") == owner(folder / "theirs" / "file") == (0, 0)


def test_a_stick_that_knows_one_owner_of_all_is_no_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_path: object, **_follow: object) -> None:
        raise PermissionError

    (folder / "file").touch()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", refused)
    give_to_owner(folder / "file")


def test_who_is_not_root_gives_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Path] = []
    monkeypatch.setattr(os, "geteuid", lambda: USER)
    monkeypatch.setattr(os, "chown", lambda path, *_, **__: given.append(path))
    (folder / "file").touch()
    give_to_owner(folder / "file")
    assert given == []


MOUNTS = """/dev/root / ext4 rw 0 0
overlay /over overlay rw 0 0
/dev/p3 /over/card-terminal ext4 rw 0 0
tmpfs /memory tmpfs rw 0 0
ramfs /twice ramfs rw 0 0
/dev/p4 /twice ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/opt/card-terminal", ""),
        ("/", ""),
        ("/over", "overlay"),
        ("/over/opt", "overlay"),
        ("/over/card-terminal", ""),
        ("/overs", ""),
        ("/memory/x", "tmpfs"),
        ("/memory/../opt", ""),
        ("/twice/x", ""),
    ],
)
def test_what_lies_in_memory_is_told_from_what_a_disk_keeps(place: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text(MOUNTS)
    said = lost_at_restart(Path(place), tmp_path / "mounts")
    assert said == (
        f"{place} lies in memory ({kind}), and is as before after a restart:"
        " make the root writable for the time (docs/appliance.md, 1.)"
        if kind
        else ""
    )


def test_a_root_in_memory_is_one_also_where_other_disks_are_mounted_in_it(tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text(
        "/dev/sda1 / ext4 ro 0 0\noverlay / overlay rw 0 0\n/dev/p3 /var ext4 rw 0 0\n"
    )
    assert "(overlay)" in lost_at_restart(Path("/etc/x"), tmp_path / "mounts")
    (tmp_path / "link").symlink_to("/var")
    assert lost_at_restart(tmp_path / "link", tmp_path / "mounts") == ""


OVERLAID = """\
/dev/p2 /media/root-ro ext4 ro 0 0
tmpfs-root /media/root-rw tmpfs rw 0 0
overlayroot / overlay rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay,workdir=/media/root-rw/w 0 0
"""
RECURSED = (
    "/dev/p3 /media/root-ro/var/lib/card-terminal ext4 ro 0 0\n"
    "overlay /var/lib/card-terminal overlay rw,lowerdir=/media/root-ro/var/lib/card-terminal,"
    "upperdir=/media/root-rw/overlay/var/lib/card-terminal 0 0\n"
)
KEPT = "/dev/p3 /var/lib/card-terminal ext4 rw 0 0\n"
ON_A_DISK = "overlay / overlay rw,lowerdir=/l,upperdir=/var/lib/images/x/diff,workdir=/w 0 0\n"


@pytest.mark.parametrize(
    ("mounts", "is_lost"),
    [
        (OVERLAID, True),
        (OVERLAID + RECURSED, True),
        (OVERLAID + KEPT, False),
        (ON_A_DISK, False),
        (KEPT, False),
    ],
)
def test_an_overlay_in_memory_over_the_ledger_is_told(mounts: str, *, is_lost: bool, tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text(mounts)
    said = laid_over(Path("/var/lib/card-terminal/ledger.db"), tmp_path / "mounts")
    assert said.startswith(
        "an overlay in memory lies over /var/lib/card-terminal/ledger.db" if is_lost else ""
    )
    assert bool(said) is is_lost


def test_a_file_system_that_merely_lies_in_memory_is_somebodys_wish() -> None:
    assert laid_over(Path("/dev/shm/x")) == ""


@pytest.mark.parametrize(
    ("place", "lacking"),
    [
        ("/var/lib/card-terminal/ledger.db", "/var/lib/card-terminal"),
        ("/var/lib/card-terminal", "/var/lib/card-terminal"),
        ("/var/lib/card-terminals/ledger.db", ""),
        ("/var/lib/x", ""),
        ("/mnt/a stick/x", "/mnt/a stick"),
        ("/there/x", ""),
        ("/there/deep/x", "/there/deep"),
        ("/off/x", ""),
    ],
)
def test_a_disk_that_should_be_mounted_and_is_not_is_told(place: str, lacking: str, tmp_path: Path) -> None:
    (tmp_path / "fstab").write_text(
        "# static\n\nUUID=1 / ext4 defaults 0 1\nUUID=2 none swap sw 0 0\n"
        "LABEL=terminal  /var/lib/card-terminal  ext4  nofail  0  2\n"
        "LABEL=s /mnt/a\\040stick vfat nofail 0 0\nUUID=3 /there ext4 nofail\nUUID=4 /there/deep ext4\n"
        " # LABEL=x /off ext4 nofail 0 0\n"
    )
    (tmp_path / "mounts").write_text("/dev/p2 / ext4 rw 0 0\n/dev/p3 /there ext4 rw 0 0\n")
    said = not_mounted(Path(place), tmp_path / "fstab", tmp_path / "mounts")
    wanted = f"{lacking} is on a disk of its own, which is not mounted: sudo mount {lacking}"
    assert said == (wanted if lacking else "")
    (tmp_path / "mounts").write_text(
        "/dev/p2 / ext4 rw 0 0\n/dev/p3 /there ext4 rw 0 0\n/dev/p4 /there/deep ext4 rw 0 0\n"
        "/dev/p5 /mnt/a\\040stick vfat rw 0 0\n/dev/p6 /var/lib/card-terminal ext4 rw 0 0\n"
    )
    assert not_mounted(Path(place), tmp_path / "fstab", tmp_path / "mounts") == ""


def test_a_machine_without_such_a_list_mounts_nothing(tmp_path: Path) -> None:
    assert not_mounted(tmp_path, tmp_path / "fstab") == ""


def test_the_systems_own_list_is_asked() -> None:
    assert "(tmpfs)" in lost_at_restart(Path("/dev/shm/x"))
