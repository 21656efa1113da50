"""The command `terminal`: what was typed, nothing else."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

CONFIG = Path("/etc/card-terminal/terminal.toml")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 well, 1 something is wrong, 2 the command or the configuration cannot be used."""
    words = sys.argv[1:] if arguments is None else arguments
    typed = _parser(ledger="ledger" in words).parse_args(words)
    gc.disable()  # Nothing of what a start makes is garbage; the running terminal turns it on again.
    from terminal.config import BadConfig  # noqa: PLC0415  --help answers without it

    try:
        return _done(typed)
    except BadConfig as bad:
        for problem in bad.problems:
            sys.stderr.write(f"{problem}\n")
        return 2


def _done(typed: argparse.Namespace) -> int:
    """Each command loads what it needs: a start has no time for the rest."""
    if typed.command == "run":
        from terminal.app import run  # noqa: PLC0415

        return run(typed.config)
    if typed.command == "ledger" and typed.ledger != "verify":
        return _copied(typed)
    if typed.command == "enrol":
        from terminal.door import enrol  # noqa: PLC0415

        return enrol(typed.config, typed.code, typed.url)
    from terminal.checkup import doctor, verify  # noqa: PLC0415

    return (doctor if typed.command == "doctor" else verify)(typed.config, as_json=typed.json)


def _copied(typed: argparse.Namespace) -> int:
    from terminal import copies  # noqa: PLC0415

    if typed.ledger == "backup":
        return copies.backup(typed.config, typed.folder)
    if typed.ledger == "restore":
        return copies.restore(typed.config, typed.folder, over_whole=typed.over_whole)
    if typed.ledger == "adopt":
        return copies.adopt(typed.config, typed.file)
    return copies.export(typed.config, typed.file, days=(typed.first, typed.last), wallet=typed.wallet)


def _parser(*, ledger: bool) -> argparse.ArgumentParser:
    """A start need not know every command of the ledger."""
    # With a width given it need not ask how wide the window is, which costs every start 3 ms.
    shape = partial(argparse.HelpFormatter, width=80)
    parser = argparse.ArgumentParser(
        prog="terminal", description="The member terminal.", formatter_class=shape
    )
    commands = parser.add_subparsers(prog="terminal", dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run the terminal until it is told to stop", formatter_class=shape)
    _command(run)
    doctor = commands.add_parser(
        "doctor", help="devices, ledger, queue, clock, disk: green or red", formatter_class=shape
    )
    _command(doctor, json=True)
    enrol = commands.add_parser(
        "enrol", help="join headquarters with a code that it made", formatter_class=shape
    )
    enrol.add_argument("code", metavar="CODE", help="ID-SECRET-PRINT, as headquarters printed it")
    enrol.add_argument("--url", default="", metavar="URL", help="where headquarters is; else as configured")
    _command(enrol)
    of_ledger = commands.add_parser("ledger", help="the ledger's file", formatter_class=shape)
    if ledger:
        _add_ledgers(of_ledger, shape)
    return parser


def _add_ledgers(of_ledger: argparse.ArgumentParser, shape: partial[argparse.HelpFormatter]) -> None:
    ledgers = of_ledger.add_subparsers(
        prog="terminal ledger", dest="ledger", required=True, metavar="COMMAND"
    )
    verify = ledgers.add_parser(
        "verify", help="check every entry, posting and balance", formatter_class=shape
    )
    _command(verify, json=True)
    backup = ledgers.add_parser(
        "backup", help="one more verified copy, while it runs or not", formatter_class=shape
    )
    backup.add_argument("folder", type=Path, metavar="DIR", help="where backups are kept")
    _command(backup)
    restore = ledgers.add_parser("restore", help="put a backup in the ledger's place", formatter_class=shape)
    restore.add_argument("folder", type=Path, metavar="DIR", help="a backup, or a folder: its newest")
    restore.add_argument(
        "--over-whole",
        action="store_true",
        help="also where the ledger that is there is whole and holds more",
    )
    _command(restore)
    adopt = ledgers.add_parser(
        "adopt",
        help="book what another machine sold for this site, from its ledger's file",
        formatter_class=shape,
    )
    adopt.add_argument("file", type=Path, metavar="FILE", help="the other machine's ledger.db")
    _command(adopt)
    export = ledgers.add_parser(
        "export", help="a period or a wallet's statement as CSV", formatter_class=shape
    )
    export.add_argument("file", type=Path, metavar="FILE", help="a new file")
    what = export.add_mutually_exclusive_group(required=True)
    what.add_argument("--from", dest="first", metavar="DAY", help="first business day, such as 2026-11-24")
    what.add_argument("--wallet", metavar="ID", help="the statement of this wallet")
    export.add_argument("--to", dest="last", metavar="DAY", help="last business day; else the first is it")
    _command(export)


def _command(parser: argparse.ArgumentParser, *, json: bool = False) -> None:
    parser.add_argument("--config", type=Path, default=CONFIG, metavar="PATH", help=f"default {CONFIG}")
    if json:
        parser.add_argument("--json", action="store_true", help="for programs")


if __name__ == "__main__":
    sys.exit(main())
