"""What a site and headquarters say to each other (HELLO, PUSH and their answers), as values.

Bodies travel verbatim, base64 inside JSON, and are hashed by the receiver as received.
"""

from __future__ import annotations

from terminal.core.values import SiteId, Value

BATCH_MAX = 200
"""Entries in one PUSH."""


class Hello(Value, frozen=True, kw_only=True):
    """`POST /v1/hello`: who I am; answered with where headquarters stands."""

    merchant: str
    site: SiteId
    instance: str
    """Random, made with the ledger file; two machines claiming one site differ in it."""


class Welcome(Value, frozen=True, kw_only=True):
    hq_epoch: int
    epoch: int
    nonce: str
    """For one PUSH. Without it a delayed duplicate looks like a fork."""
    acked: int
    """Highest seq that headquarters holds durably."""
    head: str
    """Hex hash at `acked`."""
    hq_time: int
    """Milliseconds since 1970-01-01T00:00:00Z."""


class Push(Value, frozen=True, kw_only=True):
    """`POST /v1/push`: entries `start + 1 ...`, in order."""

    merchant: str
    site: SiteId
    instance: str
    hq_epoch: int
    epoch: int
    nonce: str
    start: int
    """Seq before the first entry of this batch."""
    before: str
    """Hex hash at `start`."""
    bodies: tuple[bytes, ...]
    head_seq: int
    """The site's own head, so that "headquarters holds more" is judged by it and not by the batch."""
    head_hash: str


class Ack(Value, frozen=True, kw_only=True, tag="ack"):
    """All up to `acked` is durable at headquarters; said after its COMMIT."""

    acked: int
    nonce: str
    """For the next PUSH."""


class Gap(Value, frozen=True, kw_only=True, tag="gap"):
    """The batch starts beyond what headquarters holds: send from `acked`."""

    acked: int
    nonce: str


class Again(Value, frozen=True, kw_only=True, tag="again"):
    """The nonce was used or is not the latest: say HELLO first."""


class Fork(Value, frozen=True, kw_only=True, tag="fork"):
    """Headquarters holds more than, or other than, the site. Nothing was taken."""

    hq_epoch: int
    epoch: int


Answer = Ack | Gap | Again | Fork
