"""What `install.sh` starts: arguments, and one installation at a time."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from terminal.install.answers import Answers, read, with_found
from terminal.install.asking import asked
from terminal.install.box import Box, NotInstalled
from terminal.install.found import certain, readers
from terminal.install.maker import found, trusted
from terminal.install.over import laid
from terminal.install.slots import HOME, Slots, alone
from terminal.install.steps import Installation, uninstall

SOURCE = Path(__file__).resolve().parents[2]
_MACHINES = ("x86_64", "aarch64")
_WORD_64 = 2**63 - 1
_OLDEST = (3, 11)
_ASKED_NOTHING = "nobody can answer here: say --answers FILE (docs/install.md)"


def main(arguments: Sequence[str] | None = None, box: Box | None = None) -> int:
    """Exit codes: 0 it stands, 1 a step failed and what ran before still runs, 2 what was typed is wrong."""
    parser = argparse.ArgumentParser(prog="install.sh", description="Makes a terminal of this machine.")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="TOML, instead of questions")
    parser.add_argument("--uninstall", action="store_true", help="take the program away; the data stays")
    parser.add_argument("--headquarters", action="store_true", help="this machine is headquarters, too")
    parser.add_argument("--maker", type=Path, metavar="FILE", help="root.json of whoever signs updates")
    parser.add_argument("--lay", choices=["tried", "kept"], help=argparse.SUPPRESS)
    typed = parser.parse_args(arguments)
    box = Box() if box is None else box
    try:
        if typed.lay:  # By whoever tries this version, and has the lock.
            laid(box, Slots(box.at(HOME)), typed.lay)
            return 0
        with alone(box.at(HOME)):
            if typed.uninstall:
                uninstall(box)
            else:
                _fit()
                maker = found(SOURCE, typed.maker)
                told = partial(_answers, box, typed.answers)
                Installation(box, SOURCE, told, serves=typed.headquarters).run()
                trusted(box, maker)
    except (NotInstalled, OSError) as why:
        box.say(f"install.sh: {why}")
        return 1
    except KeyboardInterrupt:
        box.say("install.sh: stopped; start it again to go on")
        return 1
    return 0


def _fit() -> None:
    """Raises NotInstalled."""
    machine, needed = platform.machine(), f"a 64-bit system is needed ({', '.join(_MACHINES)})"
    if machine not in _MACHINES:
        raise NotInstalled(f"{needed}, and this is {machine}")
    if sys.maxsize < _WORD_64:  # What `uname -m` says is of the kernel alone.
        raise NotInstalled(
            f"{needed}, and only the kernel of this one is {machine}: its programs are of 32 bits."
            " Install the 64-bit image"
        )
    if sys.version_info < _OLDEST:
        raise NotInstalled("Debian 12 or newer is needed")


def _answers(box: Box, file: Path | None) -> Answers:
    if file is None:
        try:
            return asked(box, input)
        except EOFError:
            raise NotInstalled(_ASKED_NOTHING) from None
    answers = read(_text(file), platform.node())
    return with_found(answers, certain(readers(box))) if answers.found else answers


def _text(file: Path) -> str:
    """Also as an editor of Windows writes it: with a mark before it. Raises NotInstalled, OSError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise NotInstalled(f"{file} is no UTF-8: save it as that (in Notepad: Save as, Encoding)") from None


if __name__ == "__main__":
    sys.exit(main())
