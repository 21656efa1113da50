"""What a received body means to headquarters. Pure: bytes in, a value out, never an exception.

The chain takes every body whose hash fits: it is a fact of the site, and losing it would lose a sale.
What cannot be understood or does not balance is kept with the reason, posts nothing, and waits for
people (quarantine). So one bad entry neither blocks the queue behind it nor disappears.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Annotated

from msgspec import Meta, Raw, Struct, json

from hq.ports import Taken
from terminal.core.accounts import measure_of
from terminal.core.canonical import NotCanonical, check
from terminal.core.entry import VERSION
from terminal.core.values import INTEGER_MAX
from terminal.core.wire.forms import UNREADABLE

POSTINGS_MAX = 1000

_Amount = Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
_AccountName = Annotated[str, Meta(max_length=200, pattern=r"^[a-z]+:[^:\x00-\x1f\x7f]+:[^\x00-\x1f\x7f]+\Z")]
_Uuid = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
]


class _Version(Struct, frozen=True):
    v: int


class _Body(Struct, frozen=True):
    """The part of an entry that headquarters acts on. A newer terminal may send kinds unknown here."""

    site: str
    epoch: Annotated[int, Meta(ge=1, le=INTEGER_MAX)]
    seq: int
    id: _Uuid
    kind: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z_]+\Z")]
    postings: Annotated[tuple[tuple[_AccountName, _Amount], ...], Meta(max_length=POSTINGS_MAX)]
    payload: Raw


class _NotThis(Exception):
    """Why this body is not an entry."""


_version = json.Decoder(_Version)
_body = json.Decoder(_Body)


def read(site: str, epoch: int, seq: int, entry_hash: bytes, body: bytes) -> Taken:
    """The entry at `seq` of `site`; with a fault when its own words do not fit its place or its sums."""
    try:
        found = _understood(site, epoch, seq, body)
    except _NotThis as fault:
        return Taken(seq=seq, hash=entry_hash, body=body, fault=str(fault))
    return Taken(
        seq=seq,
        hash=entry_hash,
        body=body,
        id=found.id,
        kind=found.kind,
        command=hashlib.sha256(found.payload).digest(),
        postings=found.postings,
    )


def _understood(site: str, epoch: int, seq: int, body: bytes) -> _Body:
    try:
        version = _version.decode(body).v
        if version != VERSION:
            raise _NotThis(f"is of version {version}, and {VERSION} is known here")
        found = _body.decode(body)
        check(body)
    except NotCanonical as fault:
        raise _NotThis(f"is not canonical JSON (RFC 8785): {str(fault)[:200]}") from fault
    except UNREADABLE as fault:
        raise _NotThis(f"cannot be read: {str(fault)[:200]}") from fault
    if (found.site, found.seq) != (site, seq) or found.epoch > epoch:
        raise _NotThis(f"says it is {found.seq} of epoch {found.epoch} of another place in the chain")
    _balanced(found.postings)
    return found


def _balanced(postings: tuple[tuple[str, int], ...]) -> None:
    sums: Counter[str] = Counter()
    for account, amount in postings:
        sums[measure_of(account.split(":", 2)[2])] += amount
    crooked = sorted(measure for measure, total in sums.items() if total)
    if crooked:
        raise _NotThis(f"does not sum to zero in {crooked[0]}")
