"""The end of the journal, verified: what a start, a doctor and a morning look at."""

from __future__ import annotations

from collections import Counter

import msgspec

from terminal.core.accounts import measure_of
from terminal.core.entry import Entry, Link, chained
from terminal.core.ports import Outbox
from terminal.core.values import Value

TAIL = 1_000
_BATCH = 200

_entry = msgspec.json.Decoder(Entry)


class Tail(Value, frozen=True, kw_only=True):
    entries: int
    """Seq of the last one."""
    checked: int
    fault: str = ""
    """The first thing that does not agree, with its seq."""
    last_wall_ms: int | None = None


async def verified(outbox: Outbox, count: int = TAIL) -> Tail:
    """Chain, sequence and sums of the last `count` entries, from the bytes as they are stored."""
    head, head_hash = await outbox.head()
    seq = start = max(0, head - count)
    before = await outbox.hash_at(start)
    last: Entry | None = None
    while seq < head:
        links = await outbox.after(seq, min(_BATCH, head - seq))
        if not links:
            return Tail(entries=head, checked=seq - start, fault=f"L103 seq {seq + 1} is missing")
        for link in links:
            last = _decoded(link)
            if fault := _fault(link, last, seq + 1, before):
                return Tail(entries=head, checked=seq - start, fault=f"L103 seq {link.seq}: {fault}")
            seq, before = link.seq, link.hash
    if before != head_hash:
        return Tail(entries=head, checked=seq - start, fault="L103 the head is not the last entry's hash")
    return Tail(entries=head, checked=seq - start, last_wall_ms=last.at.wall_ms if last else None)


def _decoded(link: Link) -> Entry | None:
    try:
        return _entry.decode(link.body)
    except (msgspec.DecodeError, RecursionError):
        return None


def _fault(link: Link, entry: Entry | None, seq: int, before: bytes) -> str:
    if link.seq != seq:
        return f"follows {seq - 1}"
    if chained(before, link.body) != link.hash:
        return "the chain breaks"
    if entry is None or entry.seq != seq:
        return "the body is not that of this entry"
    sums: Counter[str] = Counter()
    for account, amount in entry.postings:
        sums[measure_of(account.split(":", 2)[-1])] += amount
    return "postings do not sum to zero" if any(sums.values()) else ""
