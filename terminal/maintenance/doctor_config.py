"""What the doctor says of the configuration itself: what cannot be used of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from terminal.maintenance.doctor import Finding

_SHOWN_MAX = 3
SUBJECT = "settings"


def misread(path: Path, problems: Sequence[str], before: Path) -> Iterator[Finding]:
    """`problems`: as `terminal.salvaged` says them. `before`: where the menu keeps what stood there."""
    step = f"Mend {path}, then: sudo systemctl restart terminal"
    if problems and before.is_file():
        step = f"Mend {path}, or undo its last change (menu: 6); then: sudo systemctl restart terminal"
    for problem in problems[:_SHOWN_MAX]:
        yield Finding(subject=SUBJECT, well=False, reason=problem, next_step=step)
    if len(problems) > _SHOWN_MAX:
        reason = f"{len(problems) - _SHOWN_MAX} more lines of it cannot be used"
        yield Finding(subject=SUBJECT, well=False, reason=reason, next_step=step)
