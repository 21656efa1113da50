"""Plays every day of a folder and says what differs."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import msgspec

from lab.days.house import house
from lab.days.told import NotRead, read
from lab.days.walk import Report, walked
from lab.telling import fast_folder


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab days", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    typed = parser.parse_args(arguments)
    try:
        reports = played(typed.folder)
    except (NotRead, OSError) as fault:
        print(f"lab days: {fault}", file=sys.stderr)
        return 2
    if typed.json:
        print(json.dumps({"days": msgspec.to_builtins(reports, str_keys=True)}, ensure_ascii=False))
    else:
        print("\n".join(_said(one) for one in reports))
    return 1 if any(one.differences for one in reports) else 0


def played(folder: Path) -> list[Report]:
    """All that are there, by name. Raises NotRead."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise NotRead(f"{folder}: no days")
    houses = [house(read(file)) for file in files]
    with tempfile.TemporaryDirectory(prefix="days-", dir=fast_folder()) as temporary:
        return [walked(one, Path(temporary) / one.day.shop.id / "ledger.db") for one in houses]


def _said(report: Report) -> str:
    whole = len(report.played) - len(report.in_part)
    counts = f"{whole} lines whole, {len(report.in_part)} in part, {len(report.left_out)} left out"
    rows = [f"{report.shop} {report.date}: {counts}"]
    rows += [f"  {n:>2} in part: {'; '.join(why)}" for n, why in report.in_part.items()]
    rows += [f"  {n:>2} left out: {why}" for n, why in report.left_out.items()]
    rows += [f"     not kept of members: {', '.join(report.not_kept)}"]
    rows += [f"  DIFFERS {one}" for one in report.differences]
    return "\n".join(rows)
