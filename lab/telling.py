"""Where campaigns play, and how they say what they found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path


def fast_folder() -> str | None:
    """For temporary folders, which are ours alone: memory where there is some; None: as the system has it."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def tell(said: Mapping[str, object], *, as_json: bool) -> None:
    """One object for programs, or a line each."""
    lines = "\n".join(f"{name}: {value}" for name, value in said.items())
    print(json.dumps(said, ensure_ascii=False) if as_json else lines)
