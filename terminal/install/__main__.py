"""What `install.sh` starts: arguments, and one installation at a time."""

from __future__ import annotations

import argparse
import fcntl
import os
import platform
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from terminal.install.answers import Answers, read, with_found
from terminal.install.asking import asked
from terminal.install.box import Box, NotInstalled
from terminal.install.found import certain, readers
from terminal.install.steps import Installation, uninstall

SOURCE = Path(__file__).resolve().parents[2]
_LOCK = "/run/lock/card-terminal-install"
_MACHINES = ("x86_64", "aarch64")
_OLDEST = (3, 11)
_ASKED_NOTHING = "nobody can answer here: say --answers FILE (docs/install.md)"


def main(arguments: Sequence[str] | None = None, box: Box | None = None) -> int:
    """Exit codes: 0 it stands, 1 a step failed and what ran before still runs, 2 what was typed is wrong."""
    parser = argparse.ArgumentParser(prog="install.sh", description="Makes a terminal of this machine.")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="TOML, instead of questions")
    parser.add_argument("--uninstall", action="store_true", help="take the program away; the data stays")
    parser.add_argument("--headquarters", action="store_true", help="this machine is headquarters, too")
    typed = parser.parse_args(arguments)
    box = Box() if box is None else box
    try:
        with _alone(box):
            if typed.uninstall:
                uninstall(box)
            else:
                _fit()
                told = partial(_answers, box, typed.answers)
                Installation(box, SOURCE, told, serves=typed.headquarters).run()
    except (NotInstalled, OSError) as why:
        box.say(f"install.sh: {why}")
        return 1
    except KeyboardInterrupt:
        box.say("install.sh: stopped; start it again to go on")
        return 1
    return 0


def _fit() -> None:
    """Raises NotInstalled."""
    if platform.machine() not in _MACHINES:
        raise NotInstalled(
            f"a 64-bit system is needed ({', '.join(_MACHINES)}), and this is {platform.machine()}"
        )
    if sys.version_info < _OLDEST:
        raise NotInstalled("Debian 12 or newer is needed")


def _alone(box: Box) -> _Lock:
    file = box.at(_LOCK)
    file.parent.mkdir(parents=True, exist_ok=True)
    return _Lock(file)


class _Lock:
    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> None:
        self._opened = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._opened)
            raise NotInstalled("another installation runs") from None

    def __exit__(self, *what: object) -> None:
        os.close(self._opened)


def _answers(box: Box, file: Path | None) -> Answers:
    if file is None:
        try:
            return asked(box, input)
        except EOFError:
            raise NotInstalled(_ASKED_NOTHING) from None
    answers = read(file.read_text(encoding="utf-8"), platform.node())
    return with_found(answers, certain(readers(box))) if answers.found else answers


if __name__ == "__main__":
    sys.exit(main())
