"""Codecs against bytes that a fuzzer makes.

    python -m lab fuzz [--codec NAME] [--runs N] [--seed S] [--corpus DIR] [--replay FILE] [--json]

Coverage-guided (atheris, libFuzzer): what reaches new lines of a codec is kept and changed further. Of each
codec is asked that whatever comes it raises nothing but the faults it names, says the same in whatever chunks
it comes, and keeps no more of it than it may. Without `--codec` all of them share the runs in one process.
Exit 1 at the first violation, with the bytes that do it, which `--replay` plays again; 2 where atheris is not
installed. `--codec mutant` is a codec with a fault, which must be found.
"""

from __future__ import annotations


def main(arguments: list[str]) -> int:
    """What is fuzzed must not be imported here: it is instrumented when its own process imports it."""
    from lab.fuzz.command import main as command

    return command(arguments)
