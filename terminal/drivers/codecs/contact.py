"""A switch that bounces: what it is once it has been still (product's own debounce; a Pi's is not enough)."""

from __future__ import annotations


class Contact:
    """Looked at now and again, and at each edge. Times in ms of any one clock.

    Args:
        closed: as it was found; that is no change.
        still_ms: so long it must stay as it is.
    """

    def __init__(self, still_ms: int, *, closed: bool) -> None:
        self.closed = closed
        self._still_ms = still_ms
        self._seen = closed
        self._since_ms = 0

    def looked(self, now_ms: int, *, closed: bool) -> bool:
        """True: it has changed, for good."""
        if closed is not self._seen:
            self._seen, self._since_ms = closed, now_ms
        if self._seen is self.closed or now_ms - self._since_ms < self._still_ms:
            return False
        self.closed = self._seen
        return True

    @property
    def look_at_ms(self) -> int | None:
        """When it should be looked at again; None: at its next edge."""
        return None if self._seen is self.closed else self._since_ms + self._still_ms
