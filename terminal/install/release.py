"""The files of a version, from a checkout or from another slot into a slot."""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

PARTS = (
    "terminal", "hq", "systemd", "docs", "install.sh", "pyproject.toml", "requirements.lock", "README.md",
    "CHANGELOG.md", "SECURITY.md", "LICENSE",
)  # fmt: skip
"""What a box needs; tests and laboratories stay behind."""


def files(source: Path) -> Iterator[Path]:
    """Relative paths, in one order everywhere."""
    for part in PARTS:
        found = source / part
        inside = sorted(found.rglob("*")) if found.is_dir() else [found]
        for path in inside:
            relative = path.relative_to(source)
            if path.is_file() and "__pycache__" not in relative.parts:
                yield relative


def made_of(source: Path) -> str:
    """Of what a slot is made: each file's name, mode and bytes, and the interpreter that it needs."""
    said = hashlib.sha256(f"{sys.version_info[0]}.{sys.version_info[1]} {platform.machine()}".encode())
    for relative in files(source):
        path = source / relative
        inside = hashlib.sha256(path.read_bytes()).hexdigest()
        said.update(f"\n{relative} {_mode(path):o} {inside}".encode())
    return said.hexdigest()


def copy(source: Path, folder: Path) -> None:
    """Readable by all, writable by root, whatever the checkout was."""
    for relative in files(source):
        target = folder / relative
        for parent in reversed(target.relative_to(folder).parents):
            (folder / parent).mkdir(exist_ok=True)
            (folder / parent).chmod(0o755)
        shutil.copyfile(source / relative, target)
        target.chmod(_mode(source / relative))


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644
