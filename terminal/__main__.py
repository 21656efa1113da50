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
    typed = _parser().parse_args(arguments)
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
    from terminal.checkup import doctor, verify  # noqa: PLC0415

    return (doctor if typed.command == "doctor" else verify)(typed.config, as_json=typed.json)


def _parser() -> argparse.ArgumentParser:
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
    ledger = commands.add_parser("ledger", help="the ledger's file", formatter_class=shape)
    ledgers = ledger.add_subparsers(prog="terminal ledger", dest="ledger", required=True, metavar="COMMAND")
    verify = ledgers.add_parser(
        "verify", help="check every entry, posting and balance", formatter_class=shape
    )
    _command(verify, json=True)
    return parser


def _command(parser: argparse.ArgumentParser, *, json: bool = False) -> None:
    parser.add_argument("--config", type=Path, default=CONFIG, metavar="PATH", help=f"default {CONFIG}")
    if json:
        parser.add_argument("--json", action="store_true", help="for programs")


if __name__ == "__main__":
    sys.exit(main())
