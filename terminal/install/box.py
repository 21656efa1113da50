"""The machine that is installed on: its files, its commands, and who reads what is said."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from terminal.runtime.durable import put_link, sync_folder


class NotInstalled(Exception):
    """A step could not be done; `str()` says why and what to do. What ran before still runs."""


Runner = Callable[[Sequence[str]], tuple[int, str]]
"""Runs a command to its end: its exit code, and all that it said."""


def run(command: Sequence[str]) -> tuple[int, str]:
    """The command's own exit code, 127 where there is no such program."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            list(command),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except FileNotFoundError:
        return 127, f"{command[0]}: there is no such program"
    return done.returncode, done.stdout.decode(errors="replace")


def tell(line: str) -> None:
    """To whoever installs."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Box:
    """One machine.

    Args:
        root: where its file system begins; another than / only in tests.
    """

    def __init__(
        self, root: Path = Path("/"), runner: Runner = run, say: Callable[[str], None] = tell
    ) -> None:
        self._root, self._runner, self.say = root, runner, say

    def at(self, path: str) -> Path:
        """An absolute path of the box, as a file here."""
        return self._root / path.removeprefix("/")

    @property
    def runs(self) -> bool:
        """Whether systemd is up. It is not in a root that is only being made."""
        return self.at("/run/systemd/system").is_dir()

    def try_to(self, *command: str) -> tuple[int, str]:
        """Whatever comes of it."""
        return self._runner(command)

    def do(self, *command: str) -> str:
        """What it said. Raises NotInstalled with the end of that where it failed."""
        code, said = self._runner(command)
        if code:
            raise NotInstalled(f"{' '.join(command)}: ended with {code}\n{said[-2_000:].rstrip()}")
        return said

    def write(self, path: str, text: str, mode: int = 0o644) -> bool:
        """Whole or not at all, also when the power goes. False where it said so already."""
        file = self.at(path)
        if file.is_file() and not file.is_symlink() and file.read_text(encoding="utf-8") == text:
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.new")
        fresh.unlink(missing_ok=True)
        opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(opened, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.chmod(mode)  # Whatever the umask says.
        fresh.replace(file)
        sync_folder(file.parent)
        return True

    def link(self, path: str, target: str) -> bool:
        """A symbolic link, in place of whatever lies there. False where it stands already."""
        link = self.at(path)
        if link.is_symlink() and str(link.readlink()) == target:
            return False
        link.parent.mkdir(parents=True, exist_ok=True)
        put_link(link, target)
        return True
