"""How long to wait before trying again: full jitter under a doubling cap, for ever."""

from __future__ import annotations

from collections.abc import Callable

_FIRST_S = 0.5
_DOUBLINGS_MAX = 20
_GRAIN = 1 << 32


class Backoff:
    """Thousands of shops that lost the same headquarters must not come back in step."""

    def __init__(self, random: Callable[[int], bytes], *, longest_s: float) -> None:
        self._random = random
        self._longest_s = longest_s
        self._failures = 0

    def next_s(self) -> float:
        """Anything from nothing up to a cap that doubles with every failure in a row."""
        cap = min(self._longest_s, _FIRST_S * (1 << min(self._failures, _DOUBLINGS_MAX)))
        self._failures += 1
        return cap * int.from_bytes(self._random(4), "big") / _GRAIN

    def reset(self) -> None:
        self._failures = 0
