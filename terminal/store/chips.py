"""What the site keeps of chip cards: the keys of those it knows, and how far their counters were.

Keys lie in one file beside the ledger, sealed to a key of this machine (`runtime.box`): whoever copies it
alone has nothing. Whoever has the keys of a card, such as headquarters' set of cards or a technician's list,
gives them to `put`. Counters are lines that are appended and synced; a UID stands in none of them.
"""

from __future__ import annotations

import hmac
import logging
import os
import threading
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import msgspec

from terminal.core.chips import COMMON, KEY_BYTES, KeyUse
from terminal.core.values import Value
from terminal.runtime.box import BoxSpoilt, box_public, opened, sealed_to
from terminal.runtime.durable import put

log = logging.getLogger(__name__)

KEYS_MAX = 200_000
_ABOUT = b"card keys 1"
_PRIVATE_BYTES = 32
_TOKEN_BYTES = 12
_STALE_LINES = 10_000
"""So many more lines than cards, and the file is written anew."""


class ChipKey(Value, frozen=True, kw_only=True):
    """One key of one card; of all cards where `card` is empty. Raises ValueError for one that cannot be."""

    use: KeyUse
    card: str
    """UID in upper-case hex, or the card's number."""
    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES[self.use]:
            raise ValueError(f"a key for {self.use} has {KEY_BYTES[self.use]} bytes")
        if not self.card and self.use not in COMMON:
            raise ValueError(f"a key for {self.use} is of one card")

    def __repr__(self) -> str:
        """Without card and key."""
        return f"ChipKey({self.use})"

    __str__ = __repr__


class Unusable(Exception):
    """The keys that are there cannot be read."""


class ChipFiles:
    """`CardKeys` and `SeenCounters` of one site; asked by the threads of its readers."""

    def __init__(self, ledger: Path) -> None:
        self._fault = ""
        self._keys_path = ledger.with_suffix(".chips")
        self._private_path = ledger.with_suffix(".chips-key")
        self._seen_path = ledger.with_suffix(".seen")
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._keys: dict[tuple[KeyUse, str], bytes] = {}
        self._seen: dict[str, int] | None = None
        self._lines = 0

    def key(self, use: KeyUse, card: str) -> bytes | None:
        """None as well where the file cannot be used: every card is `open` then."""
        with self._lock:
            self._refresh()
            return self._keys.get((use, card))

    def put(self, keys: Iterable[ChipKey]) -> int:
        """Adds them, or puts them in the place of those of before. How many there are, durably.

        Raises:
            Unusable: what is there cannot be opened, and is left as it is.
            ValueError: too many.
        """
        with self._lock:
            kept = self._read()
            kept |= {(one.use, one.card): one for one in keys}
            if len(kept) > KEYS_MAX:
                raise ValueError(f"{len(kept)} keys, at most {KEYS_MAX}")
            clear = msgspec.msgpack.encode(list(kept.values()))
            public = box_public(self._private(make=True))
            put(self._keys_path, sealed_to(public, clear, about=_ABOUT, fresh=os.urandom(_PRIVATE_BYTES)))
            return len(kept)

    def standing(self) -> tuple[int, str]:
        """How many keys there are, and why they cannot be used."""
        with self._lock:
            self._refresh()
            return len(self._keys), self._fault

    def rises(self, card: str, counter: int) -> bool | None:
        """None: it cannot be remembered now."""
        with self._lock:
            try:
                return self._rises(card, counter)
            except OSError as fault:
                log.warning("counter of a card not kept: %s", fault.strerror)
                return None

    def _refresh(self) -> None:
        """Somebody may have put keys there while we run."""
        stamp = self._stamped()
        if stamp == self._stamp:
            return
        self._stamp, self._keys, self._fault = stamp, {}, ""
        try:
            self._keys = {at: one.key for at, one in self._read().items()}
        except Unusable as fault:
            self._fault = str(fault)
            log.error("keys of cards not used: %s", fault)  # noqa: TRY400  it says enough

    def _stamped(self) -> tuple[int, int] | None:
        try:
            found = self._keys_path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _read(self) -> dict[tuple[KeyUse, str], ChipKey]:
        """Raises Unusable."""
        try:
            box = self._keys_path.read_bytes()
            clear = opened(self._private(make=False), box, about=_ABOUT)
            return {
                (one.use, one.card): one for one in msgspec.msgpack.decode(clear, type=tuple[ChipKey, ...])
            }
        except FileNotFoundError as missing:
            if Path(missing.filename) == self._keys_path:
                return {}
            raise Unusable(f"{missing.filename} is missing") from missing
        except (OSError, BoxSpoilt, ValueError) as fault:
            raise Unusable(f"{self._keys_path}: {fault}") from fault

    def _private(self, *, make: bool) -> bytes:
        if make and not self._private_path.exists():
            put(self._private_path, os.urandom(_PRIVATE_BYTES))
        return self._private_path.read_bytes()

    def _rises(self, card: str, counter: int) -> bool:
        """Raises OSError."""
        if self._seen is None:
            self._seen = self._counters()
        token = hmac.digest(self._private(make=True), card.encode(), sha256)[:_TOKEN_BYTES]
        name = b64encode(token).decode()
        if counter <= self._seen.get(name, -1):
            return False
        if self._lines > len(self._seen) + _STALE_LINES:
            lines = "".join(f"{one} {last}\n" for one, last in self._seen.items())
            put(self._seen_path, lines.encode("ascii"))
            self._lines = len(self._seen)
        self._append(f"\n{name} {counter}\n")
        self._lines += 1
        self._seen[name] = counter
        return True

    def _append(self, line: str) -> None:
        """A line of its own even behind one that a power cut broke off."""
        descriptor = os.open(self._seen_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _counters(self) -> dict[str, int]:
        """Raises OSError. What is no line was broken off: that counter was never believed."""
        found: dict[str, int] = {}
        try:
            text = self._seen_path.read_bytes().decode("ascii", "replace")
        except FileNotFoundError:
            return found
        for line in text.splitlines():
            name, _, counter = line.partition(" ")
            if counter.isdecimal() and len(name) == len(b64encode(bytes(_TOKEN_BYTES))):
                found[name] = max(found.get(name, -1), int(counter))
                self._lines += 1
        return found
