"""`python -m bench NAME [--json]`: each bench is a module `bench.NAME` with `measured() -> Result`.

Its floor stands in `bench/floor_NAME.py` and uses nothing of the product.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys

import bench
from bench.result import Result

_FLOOR = "floor_"
_NO_BENCH = {"__main__", "attended", "brought", "cancelled", "chains", "flooded", "guests", "result"}


def main(arguments: list[str]) -> int:
    """Exit 0 when it was measured, whether the goals were reached or not: that is what the answer says."""
    names = sorted(
        module.name
        for module in pkgutil.iter_modules(bench.__path__)
        if module.name not in _NO_BENCH and not module.name.startswith(_FLOOR)
    )
    wanted = [argument for argument in arguments if argument != "--json"]
    if len(wanted) != 1 or wanted[0] not in names:
        print(f"usage: python -m bench {{{' | '.join(names)}}} [--json]", file=sys.stderr)
        return 2
    result: Result = importlib.import_module(f"bench.{wanted[0]}").measured()
    if "--json" in arguments:
        print(json.dumps(result.as_json(wanted[0])))
    else:
        print(result.as_text(wanted[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
