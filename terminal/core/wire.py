"""What a site and headquarters say to each other (HELLO, PUSH and their answers), as values.

Bodies travel verbatim, base64 inside JSON, and are hashed by the receiver as received. Every number
and name has its bounds here, so that both sides refuse the same things when they decode.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import DecodeError, Meta

from terminal.core.entry import INTEGER_MAX, chained
from terminal.core.values import SiteId, Value

BATCH_MAX = 200
"""Entries in one PUSH."""

PUSH_BYTES_MAX = 1 << 20
"""Bodies in one PUSH, together; a single larger one still travels, alone."""

REQUEST_BYTES_MAX = 8 << 20
"""A whole request as headquarters reads it."""

ANSWER_BYTES_MAX = 64 << 10
"""A whole answer as a site reads it."""

HELLO_PATH = "/v1/hello"
PUSH_PATH = "/v1/push"

UNREADABLE = (DecodeError, UnicodeError, RecursionError)
"""All that msgspec raises on hostile bytes: a key that is no UTF-8 is not a DecodeError."""

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\Z")]
"""Without control characters; everything else may be in it, so it is escaped wherever it is shown."""

Site = Annotated[SiteId, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\Z")]

Count = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]

HexHash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
"""A SHA-256 in lower-case hex."""


class Hello(Value, frozen=True, kw_only=True):
    """`POST /v1/hello`: who I am; answered with where headquarters stands."""

    merchant: Name
    site: Site
    instance: Name
    """Random, made with the ledger file; two machines claiming one site differ in it."""


class Welcome(Value, frozen=True, kw_only=True, tag="welcome"):
    hq_epoch: Count
    """Higher after headquarters was restored; exceeds every one used before."""
    epoch: Count
    """Of the site's chain. Above the site's own: the chain has forked."""
    instance: Name
    """The one that may push."""
    nonce: Name
    """For one PUSH. Without it a delayed duplicate looks like a fork."""
    acked: Count
    """Highest seq that headquarters holds durably."""
    head: HexHash
    """Hash at `acked`."""
    hq_time: Count
    """Milliseconds since 1970-01-01T00:00:00Z."""


class Push(Value, frozen=True, kw_only=True):
    """`POST /v1/push`: entries `start + 1 ...`, in order."""

    merchant: Name
    site: Site
    instance: Name
    hq_epoch: Count
    epoch: Count
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


class Ack(Value, frozen=True, kw_only=True, tag="ack"):
    """All up to `acked` is durable at headquarters; said after its COMMIT."""

    hq_epoch: Count
    epoch: Count
    acked: Count
    nonce: Name
    """For the next PUSH."""


class Gap(Value, frozen=True, kw_only=True, tag="gap"):
    """The batch starts beyond what headquarters holds: send from `acked`."""

    hq_epoch: Count
    epoch: Count
    acked: Count
    nonce: Name


class Again(Value, frozen=True, kw_only=True, tag="again"):
    """The nonce was used or is not the latest, or headquarters has a new epoch: say HELLO first."""

    hq_epoch: Count


class Fork(Value, frozen=True, kw_only=True, tag="fork"):
    """Headquarters holds more than, or other than, the site. Nothing was taken."""

    hq_epoch: Count
    epoch: Count
    """The one under which the site must heal its chain."""


Answer = Ack | Gap | Again | Fork


class Problem(Value, frozen=True, kw_only=True, tag="problem"):
    """The body of every answer that is not 200. Nothing was taken, unless the status is 5xx: then ask."""

    code: Annotated[str, Meta(max_length=40)]
    why: Annotated[str, Meta(max_length=500)]


class ProblemCode(StrEnum):
    """The codes headquarters uses, each with one HTTP status."""

    MALFORMED = "malformed"  # 400: not JSON, or not of the form above
    SPOILT = "spoilt"  # 400: the bodies do not hash to what the request says
    NOT_FOUND = "not_found"  # 404
    METHOD = "method"  # 405
    SLOW = "slow"  # 408: the request did not arrive in time
    INSTANCE = "instance"  # 409: another machine speaks for this site
    TOO_LARGE = "too_large"  # 413
    FAULT = "fault"  # 500: a defect; whether it was taken is unknown
    AWAY = "away"  # 503: the database does not answer; whether it was taken is unknown


class LinkCondition(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"
    FORK = "fork"  # the chains differ: forwarding pauses until it is healed


class LinkTrouble(StrEnum):
    """Why there is no way to headquarters, as far as it changes what to do about it."""

    UNREACHED = "unreached"  # no answer, or none in time
    REFUSED = "refused"  # headquarters answered, and takes nothing from this site as it stands
    FAILING = "failing"  # headquarters has a fault of its own
    UNREADABLE = "unreadable"  # what answered is not headquarters, or speaks another version


class LinkState(Value, frozen=True, kw_only=True):
    """What people see of the way to headquarters."""

    condition: LinkCondition
    why: str = ""
    """For the technician; empty when all is well."""
    trouble: LinkTrouble | None = None
    """With `offline`."""
    drift_ms: int | None = None
    """Our clock less headquarters', as measured last, to a second; None before it told us its time."""

    @property
    def online(self) -> bool:
        return self.condition is LinkCondition.ONLINE


def chain_over(before: bytes, bodies: tuple[bytes, ...]) -> list[bytes]:
    """The hash after each body, in order."""
    hashes: list[bytes] = []
    for body in bodies:
        before = chained(before, body)
        hashes.append(before)
    return hashes
