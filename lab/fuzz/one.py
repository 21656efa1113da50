"""`python -m lab.fuzz.one NAME libFuzzer-options...`: the process in which one of them is fuzzed.

libFuzzer ends the process itself: 0 when it has had its runs, anything else at a violation.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["terminal.core", "terminal.drivers.codecs", "lab.fuzz.targets"]):
    from lab.fuzz.targets import target


def main(arguments: list[str]) -> None:
    name, *options = arguments
    atheris.Setup([f"fuzz-{name}", *options], target(name), enable_python_coverage=True)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
