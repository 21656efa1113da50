"""`python -m lab NAME ...`: each campaign is a module `lab.NAME` with `main(arguments) -> exit code`."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import lab

_NOT_CAMPAIGNS = {
    "__main__",
    "crashcopy",
    "crashdisk",
    "crowd",
    "directions",
    "environment",
    "everykind",
    "hq_mutants",
    "made_releases",
    "mutants",
    "proxy",
    "purses",
    "sales",
    "sickdisk",
    "suites",
    "telling",
    "workload",
}


def main(arguments: list[str]) -> int:
    names = sorted({module.name for module in pkgutil.iter_modules(lab.__path__)} - _NOT_CAMPAIGNS)
    if not arguments or arguments[0] not in names:
        print(f"usage: python -m lab {{{' | '.join(names)}}} ...", file=sys.stderr)
        return 2
    module = importlib.import_module(f"lab.{arguments[0]}")
    return int(module.main(arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
