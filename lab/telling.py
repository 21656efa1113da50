"""Where campaigns play, and how they say what they found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Wanted(Protocol):
    """How a campaign was asked for."""

    seed: int
    mutant: str | None
    json: bool


def fast_folder() -> str | None:
    """For temporary folders, which are ours alone: memory where there is some; None: as the system has it."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def tell(said: Mapping[str, object], *, as_json: bool) -> None:
    """One object for programs, or a line each."""
    lines = "\n".join(f"{name}: {value}" for name, value in said.items())
    print(json.dumps(said, ensure_ascii=False) if as_json else lines)


def concluded(
    said: Mapping[str, object], violation: str, wanted: Wanted, *, folder: Path, seconds: float
) -> int:
    """Tells what a campaign counted, and its seed; its exit status. The folder of a violation is kept."""
    ends = {
        "violations": int(bool(violation)),
        "shown": violation,
        "seed": wanted.seed,
        "mutant": wanted.mutant or "",
        "seconds": round(seconds, 1),
    }
    if violation:
        ends["kept"] = str(folder)
    else:
        shutil.rmtree(folder)
    tell({**said, **ends}, as_json=wanted.json)
    return 1 if violation else 0
