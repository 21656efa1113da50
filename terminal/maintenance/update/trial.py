"""Whether a release that was just started runs well: what was seen of it goes in, a judgement comes out."""

from __future__ import annotations

from enum import StrEnum

from terminal.core.values import Value

STEADY_S = 30.0
"""So long it runs without an end before it is believed."""
FEEDS = 2
"""So often the watchdog is fed meanwhile: event loop and ledger's writer went on."""
STARTS_MAX = 3
DEADLINE_S = 600.0
"""A start walks a large ledger, or brings it to its schema."""


class Seen(Value, frozen=True, kw_only=True):
    """The terminal's unit at one moment."""

    active: bool
    """systemd had its word that it is ready."""
    failed: bool = False
    """systemd does not start it again."""
    slot: str = ""
    """From which it runs."""
    pid: int = 0
    fed_us: int = 0
    """When the watchdog was fed last, monotonic; 0: never."""
    unlaid: str = ""
    """Why systemd and others were not told of it; empty: they were."""
    ledger: str | None = None
    """What is wrong with its last entries, verified just now; empty: nothing; None: it did not answer."""


class Judgement(StrEnum):
    WAIT = "wait"
    WELL = "well"
    UNWELL = "unwell"


class Trial:
    """Of the release in `slot`, begun at `now_s` of any clock that goes on evenly."""

    def __init__(self, slot: str, now_s: float) -> None:
        self.why = ""
        """What is missing, or wrong."""
        self._slot = slot
        self._begun_s = now_s
        self._pid = 0
        self._starts = 0
        self._since_s = now_s
        self._feeds: set[int] = set()

    def judged(self, seen: Seen, now_s: float) -> Judgement:
        self._counted(seen, now_s)
        self.why = self._missing(seen, now_s)
        if wrong := self._wrong(seen, now_s):
            self.why = wrong
            return Judgement.UNWELL
        return Judgement.WAIT if self.why else Judgement.WELL

    def _counted(self, seen: Seen, now_s: float) -> None:
        if seen.pid and seen.pid != self._pid:
            self._pid, self._since_s = seen.pid, now_s
            self._feeds.clear()
            self._starts += seen.slot == self._slot

    def _wrong(self, seen: Seen, now_s: float) -> str:
        """What no waiting mends."""
        if seen.failed:
            return "it ended too often, or cannot use the configuration: systemd gave it up"
        if self._starts > STARTS_MAX:
            return f"it was started {self._starts} times"
        if seen.unlaid:
            return f"units and rules: {seen.unlaid}"
        if seen.active and seen.slot == self._slot and seen.ledger:
            return f"ledger: {seen.ledger}"
        if self.why and now_s - self._begun_s >= DEADLINE_S:
            return f"not well after {DEADLINE_S:.0f} s: {self.why}"
        return ""

    def _missing(self, seen: Seen, now_s: float) -> str:
        if not seen.active:
            return "it is not ready"
        if seen.slot != self._slot:
            return f"slot {seen.slot or '?'} runs, not {self._slot}"
        if seen.ledger is None:
            return "it does not answer"
        if seen.fed_us:
            self._feeds.add(seen.fed_us)
        if len(self._feeds) < FEEDS:
            return "it does not feed the watchdog"
        if now_s - self._since_s < STEADY_S:
            return f"it runs for less than {STEADY_S:.0f} s"
        return ""
