"""Two slots for two versions, and a link to the one that runs. Nothing that runs is ever written to.

    /opt/card-terminal/a, b      each: the files of a version, and its environment in .venv
    /opt/card-terminal/current   a symbolic link to `a` or `b`, changed by one rename

A slot is whole when its mark is there, which is written last and taken away first: `.whole`, which says of
what it was made, or that of an update. An environment knows its own path, so a version is made where it will
run, and never moved.
"""

from __future__ import annotations

import shutil

from terminal.install.box import Box, NotInstalled

HOME = "/opt/card-terminal"
CURRENT = f"{HOME}/current"
NAMES = ("a", "b")
_WHOLE = ".whole"
_MARKS = (_WHOLE, "release.json")
"""The second is written by `terminal update`, when a signed bundle has been unpacked."""
_TRIED = f"{HOME}/wanted.json"
"""There while an update is tried and may yet go back."""


class Slots:
    """Of one box."""

    def __init__(self, box: Box) -> None:
        self._box = box

    @property
    def current(self) -> str:
        """Which one runs; empty where none was ever whole."""
        link = self._box.at(CURRENT)
        name = str(link.readlink()) if link.is_symlink() else ""
        return name if name in NAMES else ""

    @property
    def spare(self) -> str:
        """The other one, which the next version is made in."""
        return NAMES[1] if self.current == NAMES[0] else NAMES[0]

    def path(self, name: str) -> str:
        return f"{HOME}/{name}"

    def made_of(self, name: str) -> str:
        """What `seal` was told; empty where the slot is not whole."""
        file = self._box.at(f"{HOME}/{name}/{_WHOLE}")
        return file.read_text(encoding="utf-8").strip() if name and file.is_file() else ""

    def is_whole(self, name: str) -> bool:
        """By an installation or by an update."""
        return any(self._box.at(f"{HOME}/{name}/{mark}").is_file() for mark in _MARKS)

    @property
    def tried(self) -> bool:
        """An update is under way, to which both slots belong."""
        return self._box.at(_TRIED).exists()

    def clear(self, name: str) -> None:
        """Raises NotInstalled for the one that runs."""
        if name == self.current:
            raise NotInstalled(f"slot {name} runs: it is not written to")
        folder = self._box.at(self.path(name))
        # First, and on the disk: what is half gone must not be taken for whole.
        for mark in _MARKS:
            (folder / mark).unlink(missing_ok=True)
        self._box.settle()
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        folder.chmod(0o755)

    def seal(self, name: str, made_of: str) -> None:
        """Everything in it is on the disk, and then it is whole."""
        self._box.settle()
        self._box.write(f"{HOME}/{name}/{_WHOLE}", f"{made_of}\n")

    def switch(self, name: str) -> None:
        """From now on this one runs. Raises NotInstalled when it is not whole."""
        if not self.is_whole(name):
            raise NotInstalled(f"slot {name} is not whole")
        self._box.link(CURRENT, name)
