"""Where the ledger lies; nothing that holds something is formatted or hidden."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from terminal.install.box import NotInstalled
from terminal.install.data import ready
from tests.install.machine import Machine

GENERATOR = Path("/usr/lib/systemd/system-generators/systemd-fstab-generator")
LINE = (
    "LABEL=terminal  /var/lib/card-terminal  ext4  noatime,nodev,nosuid,noexec,data=ordered,barrier=1,"
    "commit=5,errors=remount-ro,x-systemd.before=terminal.service,nofail  0  2\n"
)


def labelled(box: Machine) -> None:
    box.at("/dev/disk/by-label").mkdir(parents=True)
    box.at("/dev/disk/by-label/terminal").touch()


def formatted(box: Machine) -> list[str]:
    return [one for one in box.commands if "mkfs" in one]


@pytest.mark.parametrize(
    ("stood", "stands"),
    [
        ("", ""),
        ("LABEL=root / ext4 defaults 0 1", "LABEL=root / ext4 defaults 0 1\n"),
        ("# ours\n", "# ours\n"),
    ],
)
def test_a_last_line_that_nobody_ended_stays_one(tmp_path: Path, stood: str, stands: str) -> None:
    box = Machine(tmp_path / "box")
    labelled(box)
    box.at("/etc/fstab").write_text(stood)
    ready(box, "")
    assert box.at("/etc/fstab").read_text() == f"{stands}{LINE}"


def test_without_a_partition_it_is_a_folder(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    ready(box, "")
    folder = box.at("/var/lib/card-terminal")
    assert folder.is_dir()
    assert box.commands == [
        f"/usr/bin/chown card-terminal:card-terminal {folder}",
        f"/usr/bin/chmod 0750 {folder}",
    ]
    assert box.said == ["   /var/lib/card-terminal, on the system's own file system"]
    ready(box, "")
    assert len(box.said) == 1
    assert not box.at("/etc/fstab").exists()
    assert formatted(box) == []


def test_a_partition_of_that_name_is_mounted_from_now_on(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    labelled(box)
    box.at("/etc/fstab").write_text("proc /proc proc defaults 0 0\n")
    for _ in range(2):
        ready(box, "")
    assert box.at("/etc/fstab").read_text() == f"proc /proc proc defaults 0 0\n{LINE}"
    at = box.commands.index("/usr/bin/mount /var/lib/card-terminal")
    assert box.commands[at - 2 : at] == [
        "/usr/bin/mountpoint -q /var/lib/card-terminal",
        "/usr/bin/systemctl daemon-reload",
    ]
    assert box.said == [
        "   /var/lib/card-terminal is the partition called terminal",
        "   /var/lib/card-terminal, as /etc/fstab says",
    ]
    assert formatted(box) == []


def test_a_root_that_is_only_being_made_mounts_nothing(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box", up=False)
    labelled(box)
    ready(box, "")
    assert box.at("/etc/fstab").read_text() == LINE
    assert not [one for one in box.commands if "mount" in one]


def test_one_that_is_mounted_already_is_left_so(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    labelled(box)
    box.fails["mountpoint"] = (0, "")
    ready(box, "")
    assert "/usr/bin/mount /var/lib/card-terminal" not in box.commands


def test_a_line_that_somebody_wrote_stays_and_a_comment_is_none(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    labelled(box)
    box.at("/etc/fstab").write_text("LABEL=terminal /var/lib/card-terminal ext4 noatime 0 2\n")
    ready(box, "")
    assert box.at("/etc/fstab").read_text() == "LABEL=terminal /var/lib/card-terminal ext4 noatime 0 2\n"
    box.at("/etc/fstab").write_text("#LABEL=terminal /var/lib/card-terminal ext4 noatime 0 2\n")
    ready(box, "")
    assert LINE in box.at("/etc/fstab").read_text()


def test_the_line_of_an_earlier_version_becomes_todays(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    labelled(box)
    box.at("/etc/fstab").write_text(f"# ours\n{LINE.replace(',nofail', '')}tmpfs /tmp tmpfs nofail 0 0\n")
    ready(box, "")
    assert box.at("/etc/fstab").read_text() == f"# ours\n{LINE}tmpfs /tmp tmpfs nofail 0 0\n"


@pytest.mark.skipif(not GENERATOR.exists(), reason="needs systemd's generator of mounts")
def test_a_partition_that_cannot_be_mounted_does_not_end_the_boot(tmp_path: Path) -> None:
    """What local-fs.target requires ends in emergency mode when it fails."""
    (tmp_path / "fstab").write_text(LINE)
    made = tmp_path / "made"
    made.mkdir()
    env = {"SYSTEMD_FSTAB": str(tmp_path / "fstab"), "SYSTEMD_IN_INITRD": "0"}
    subprocess.run([GENERATOR, made, made, made], check=True, env=env)
    mount = "var-lib-card\\x2dterminal.mount"
    assert (made / "local-fs.target.wants" / mount).is_symlink()
    assert not [*made.glob(f"*.requires/{mount}")]
    assert "\nBefore=terminal.service\n" in (made / mount).read_text()


def test_a_ledger_that_lies_there_is_not_hidden(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    ready(box, "")
    box.at("/var/lib/card-terminal/ledger.db").touch()
    ready(box, "")
    labelled(box)
    with pytest.raises(NotInstalled, match="would hide"):
        ready(box, "")
    assert not box.at("/etc/fstab").exists()


def test_a_blank_partition_is_formatted(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    box.fails["blkid"] = (2, "")
    ready(box, "/dev/mmcblk0p3")
    assert formatted(box) == [
        "/usr/sbin/mkfs.ext4 -q -L terminal -m 1 -E lazy_itable_init=0,lazy_journal_init=0 /dev/mmcblk0p3"
    ]
    assert box.commands[0] == "/usr/sbin/blkid -p -o export /dev/mmcblk0p3"
    assert box.said[0] == "   /dev/mmcblk0p3 is blank: an ext4 file system called terminal"
    assert box.at("/etc/fstab").read_text() == LINE


def test_one_of_that_name_is_taken_as_it_is(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    box.fails["blkid"] = (0, "DEVNAME=/dev/sda1\nLABEL=terminal\nTYPE=ext4\n")
    ready(box, "/dev/sda1")
    assert formatted(box) == []
    assert box.at("/etc/fstab").read_text() == LINE


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "LABEL=photos\nTYPE=ext4\n"),
        (0, "LABEL=terminal\nTYPE=vfat\n"),
        (0, "PTTYPE=dos\n"),
        (8, "ambivalent"),
        (4, "LABEL=terminal\nTYPE=ext4\n"),
    ],
)
def test_what_holds_something_else_is_not_touched(code: int, said: str, tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    box.fails["blkid"] = (code, said)
    with pytest.raises(NotInstalled, match="not touched"):
        ready(box, "/dev/sda1")
    assert formatted(box) == []
    assert not box.at("/etc/fstab").exists()
