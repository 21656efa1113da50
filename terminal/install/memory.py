"""Whether a machine has the memory that a browser needs (product.md G12)."""

from __future__ import annotations

from typing import Final

from terminal.install.box import Box

BROWSER_KIB: Final = 1_700_000
"""A board of 2 GB says so much at least: firmware and kernel keep a part for themselves."""
_FILE, _TOTAL = "/proc/meminfo", "MemTotal:"
TOO_LITTLE: Final = (
    "a screen needs a browser, and that 2 GB of memory, which this machine has not: "
    "without one the counter goes by scanner and command sheet, buzzer and line display, or by a handheld"
)


def bears_browser(box: Box) -> bool:
    """True where the machine does not say how much it has."""
    total = _total_kib(box)
    return total is None or total >= BROWSER_KIB


def _total_kib(box: Box) -> int | None:
    try:
        lines = box.at(_FILE).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    for words in map(str.split, lines):
        if len(words) > 1 and words[0] == _TOTAL and words[1].isdecimal():
            return int(words[1])
    return None
