"""HELLO, PUSH and PULL: the journal on its way to headquarters, and back when it must be healed.

Bodies travel verbatim, base64 inside JSON, and are hashed by the receiver as received.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from terminal.core.entry import chained
from terminal.core.values import Value
from terminal.core.wire.forms import Count, Epoch, Fresh, FromSite, HexHash, Mark, Name

BATCH_MAX = 200
"""Entries in one PUSH or PULL."""

PUSH_BYTES_MAX = 1 << 20
"""Bodies in one PUSH or PULL, together; a single larger one still travels, alone."""

PULL_BYTES_MAX = 4 << 20
"""A whole answer to PULL as a site reads it."""

MARKS_MAX = 4

HELLO_PATH = "/v1/hello"
PUSH_PATH = "/v1/push"
PULL_PATH = "/v1/pull"


class Hello(FromSite, frozen=True, kw_only=True):
    """`POST /v1/hello`: who I am; answered with where headquarters stands."""

    marks: Annotated[tuple[Mark, ...], Meta(max_length=MARKS_MAX)] = ()
    """The last of what is acknowledged, of FEED with directives, and of PROFILE."""
    fresh: Fresh = ""
    """What was said to an earlier HELLO, its time above all, is no answer to this one."""


class Welcome(Value, frozen=True, kw_only=True, tag="welcome"):
    hq_epoch: Count
    """Higher after headquarters was restored; exceeds every one used before."""
    epoch: Epoch
    """Of the site's chain. Above the site's own: the chain has forked."""
    instance: Name
    """The one that may push."""
    instance_no: Count
    """Grows whenever a person decides which of two machines is the site."""
    nonce: Name
    """For one PUSH. Without it a delayed duplicate looks like a fork."""
    acked: Count
    """Highest seq that headquarters holds durably."""
    head: HexHash
    """Hash at `acked`."""
    hq_time: Count
    """Milliseconds since 1970-01-01T00:00:00Z."""
    mark: Mark = ""
    """Of `acked`."""


class Push(FromSite, frozen=True, kw_only=True):
    """`POST /v1/push`: entries `start + 1 ...`, in order. Signed by the site key."""

    hq_epoch: Count
    epoch: Epoch
    nonce: Name
    start: Count
    """Seq before the first entry of this batch."""
    before: HexHash
    """Hash at `start`."""
    bodies: Annotated[tuple[bytes, ...], Meta(max_length=BATCH_MAX)]
    after: HexHash
    """Hash at the last entry of this batch: what was spoilt on the way is refused, not taken for a fork."""
    head_seq: Count
    """The site's own head, so that "headquarters holds more" is judged by it and not by the batch."""
    head_hash: HexHash
    mark: Mark = ""
    """The last of FEED: who gave the directives that are applied in it."""


class Ack(Value, frozen=True, kw_only=True, tag="ack"):
    """All up to `acked` is durable at headquarters; said after its COMMIT."""

    hq_epoch: Count
    epoch: Epoch
    acked: Count
    nonce: Name
    """For the next PUSH."""
    mark: Mark = ""
    """Of `acked`."""


class Gap(Value, frozen=True, kw_only=True, tag="gap"):
    """The batch starts beyond what headquarters holds: send from `acked`."""

    hq_epoch: Count
    epoch: Epoch
    acked: Count
    nonce: Name


class Again(Value, frozen=True, kw_only=True, tag="again"):
    """The nonce was used or is not the latest, or headquarters has a new epoch: say HELLO first."""

    hq_epoch: Count


class Fork(Value, frozen=True, kw_only=True, tag="fork"):
    """Headquarters holds more than, or other than, the site. Nothing was taken."""

    hq_epoch: Count
    epoch: Epoch
    """The one under which the site must heal its chain."""


Answer = Ack | Gap | Again | Fork


class Pull(FromSite, frozen=True, kw_only=True):
    """`POST /v1/pull`: the site's own entries back, after `after`, to heal a fork."""

    hq_epoch: Count
    after: Count


class Pulled(Value, frozen=True, kw_only=True, tag="pulled"):
    hq_epoch: Count
    epoch: Epoch
    after: Count
    bodies: Annotated[tuple[bytes, ...], Meta(max_length=BATCH_MAX)]
    acked: Count
    """Where headquarters' copy ends; there is more while `after + len(bodies)` lies below it."""
    head: HexHash
    """Hash at `acked`."""


def chain_over(before: bytes, bodies: tuple[bytes, ...]) -> list[bytes]:
    """The hash after each body, in order."""
    hashes: list[bytes] = []
    for body in bodies:
        before = chained(before, body)
        hashes.append(before)
    return hashes
