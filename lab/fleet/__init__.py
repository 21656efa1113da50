"""Several terminals and their headquarters in one process, on a clock that a seed turns."""

from __future__ import annotations


def main(arguments: list[str]) -> int:
    from lab.fleet.command import main as run

    return run(arguments)
