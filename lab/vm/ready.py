"""A booted machine to go on from, and the product as a disk that is plugged into it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from lab.environment import ROOT
from lab.vm.machine import Machine
from lab.vm.recipe import FOLDER, Built, built, file_system, tell

READY = "ready"
PINS = ("rpi-lgpio", "lgpio")
"""Of the test lock, for the pins."""
_OURS = ("terminal", "lab", "systemd")


def ready() -> tuple[Built, Path]:
    """The disk with the snapshot READY: booted, settled, nothing plugged in. Made when it is not there."""
    made = built()
    disk = FOLDER / "ready.qcow2"
    if disk.exists() and disk.stat().st_mtime > made.disk.stat().st_mtime:
        return made, disk
    tell("booting the virtual machine")
    fresh = FOLDER / "fresh.qcow2"
    backing = ["-b", str(made.disk), "-F", "qcow2"]
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *backing, str(fresh)], check=True)
    with Machine(made, fresh) as machine:
        machine.run(["systemctl", "is-system-running", "--wait"], wait_s=900.0)
        machine.save(READY)
    fresh.rename(disk)
    return made, disk


@contextmanager
def counter(product: Path) -> Iterator[Machine]:
    """A fresh machine with the product under /product."""
    made, disk = ready()
    with Machine(made, disk, READY) as machine:
        machine.attach(product, "product")
        machine.run(["mkdir", "-p", "/product"])
        machine.run(["mount", "-o", "ro", "/dev/disk/by-id/virtio-product", "/product"])
        yield machine


@contextmanager
def product_disk(changed: Mapping[str, tuple[str, str]] | None = None) -> Iterator[Path]:
    """The checkout and the packages of its lock, as a read-only file system.

    Args:
        changed: by its path, what is written instead of what in a file: a fault that a trial must find.
    """
    with tempfile.TemporaryDirectory(prefix="card-terminal-vm-") as name:
        folder = Path(name)
        packages = folder / "content" / "packages"
        packages.mkdir(parents=True)
        for ours in _OURS:
            shutil.copytree(
                ROOT / ours, folder / "content" / ours, ignore=shutil.ignore_patterns("__pycache__")
            )
        for path, (old, new) in (changed or {}).items():
            _change(folder / "content" / path, old, new)
        for distribution in (*_locked(), *PINS):
            copy(distribution, packages)
        disk = folder / "product.raw"
        file_system(disk, folder / "content", "1G")
        yield disk


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{file.name} does not hold once what is to be changed")
    file.write_text(text.replace(old, new), encoding="utf-8")


def _locked() -> list[str]:
    """Names of the distributions that a terminal runs with."""
    return re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)


def copy(distribution: str, packages: Path) -> None:
    """All files of one that is installed here."""
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:  # For another system.
        return
    for file in found.files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(found.locate_file(file)), target)
