"""What headquarters' rules need of a database. PostgreSQL implements it, and a twin in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from terminal.core.entry import GENESIS
from terminal.core.values import SiteId, Value


class SiteRow(Value, frozen=True, kw_only=True):
    """Where headquarters stands with one site. One transaction at a time holds it."""

    instance: str
    instance_no: int = 1
    """Grows whenever a person decides which of two machines is the site."""
    epoch: int = 1
    acked: int = 0
    head: bytes = GENESIS
    """Hash at `acked`."""
    said: int = 0
    """The site's own head as of its last PUSH."""
    nonce: str = ""
    """The only one that a PUSH may carry; empty: none."""
    hq_epoch: int = 0
    """Under which it was last told anything."""
    seen_ms: int = 0


class Taken(Value, frozen=True, kw_only=True):
    """One received entry: its bytes, and what they mean as far as they could be read."""

    seq: int
    hash: bytes
    body: bytes
    id: str | None = None
    """None when it could not be read."""
    kind: str = ""
    command: bytes = b""
    """SHA-256 of the payload; id equality compares the command, not the postings."""
    postings: tuple[tuple[str, int], ...] = ()
    fault: str = ""
    """Why it stands in quarantine: kept verbatim in the chain, posted nowhere, shown to people."""


class Claim(Value, frozen=True, kw_only=True):
    """Who had an id first."""

    site: SiteId
    seq: int
    command: bytes


class ExceptionKind:
    """What people must look at. One row for each cause, however often it is met."""

    QUARANTINE = "quarantine"  # subject: seq of the entry
    FORK = "fork"  # subject: the epoch it asks for
    NEGATIVE = "negative"  # subject: the account of value that fell below zero


class Turn(Protocol):
    """One transaction that holds one site. Everything in it becomes durable together, or nothing."""

    async def enrolled(self, instance: str) -> SiteRow:
        """The site's row, made now when there is none."""
        ...

    async def site(self) -> SiteRow | None: ...

    async def save(self, site: SiteRow) -> None: ...

    async def hashes(self, first: int, last: int) -> Sequence[bytes]:
        """The stored hashes of those seqs, both included, in order."""
        ...

    async def claim(self, entries: Sequence[Taken]) -> Mapping[int, Claim]:
        """Takes the ids of `entries` for this site; by seq, who had the ids that were taken before."""
        ...

    async def append(self, entries: Sequence[Taken]) -> None:
        """Stores and posts. Entries with a fault are stored, not posted, and open an exception."""
        ...

    async def open_exception(self, kind: str, subject: str, why: str) -> None: ...


class Store(Protocol):
    def turn(self, merchant: str, site: SiteId) -> AbstractAsyncContextManager[Turn]:
        """Commits when the block ends, rolls back when it raises."""
        ...

    async def highest_hq_epoch(self) -> int:
        """The highest that any site was ever told."""
        ...
