"""Bounded forms that several messages share, and the limits both sides keep."""

from __future__ import annotations

from typing import Annotated

from msgspec import DecodeError, Meta

from terminal.core.values import (
    INTEGER_MAX,
    CardId,
    EntryId,
    MemberId,
    SiteId,
    TerminalId,
    Value,
    WalletId,
)

REQUEST_BYTES_MAX = 8 << 20
"""A whole request as headquarters reads it."""

ANSWER_BYTES_MAX = 64 << 10
"""A short answer as a site reads it; PULL, FEED and parts of data sets have limits of their own."""

UNREADABLE = (DecodeError, UnicodeError, RecursionError)
"""All that msgspec raises on hostile bytes: a key that is no UTF-8 is not a DecodeError."""

CLEAN = r"^[^\x00-\x1f\x7f-\x9f]*\Z"
"""No control characters: no database, log or page has to live with them."""

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=CLEAN)]
"""Without control characters; everything else may be in it, so it is escaped wherever it is shown."""

Site = Annotated[SiteId, Meta(min_length=1, max_length=64, pattern=r"^[^:\x00-\x1f\x7f-\x9f]*\Z")]
"""Stands in the names of accounts, so nothing that separates those."""
Terminal = Annotated[TerminalId, Meta(min_length=1, max_length=64, pattern=CLEAN)]

Wallet = Annotated[WalletId, Meta(min_length=1, max_length=64, pattern=CLEAN)]
Member = Annotated[MemberId, Meta(min_length=1, max_length=64, pattern=CLEAN)]
Card = Annotated[CardId, Meta(min_length=1, max_length=64, pattern=CLEAN)]

Why = Annotated[str, Meta(max_length=500)]

Count = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
EPOCH_MAX = 1 << 48
"""Of a chain. Far above what counting comes to, far below 2^53: one can be added, and a site that says more
is refused at once instead of where no number follows."""

Epoch = Annotated[int, Meta(ge=0, le=EPOCH_MAX)]

Amount = Annotated[int, Meta(ge=1, le=INTEGER_MAX)]

HexHash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
"""A SHA-256, an HMAC-SHA-256 or a 32-byte key in lower-case hex."""

Uuid = Annotated[
    EntryId, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
]
"""UUIDv7 (RFC 9562 section 5.7), made by whoever says it first."""

AccountName = Annotated[str, Meta(max_length=200, pattern=r"^[a-z]+:[^:\x00-\x1f\x7f]+:[^\x00-\x1f\x7f]+\Z")]
"""`wallet:ID:principal`, as accounts stand in entries."""


Mark = Annotated[str, Meta(max_length=128, pattern=CLEAN)]
"""How far headquarters said that it had come, in words that it alone can make and read. Empty: it says none.

The site keeps the last ones and shows them with each HELLO, so that books which were put back are known.
"""

Fresh = Annotated[str, Meta(max_length=64)]
"""Random, another one in each question whose answer ages: the signature of that covers it, for no other."""


class FromSite(Value, frozen=True, kw_only=True):
    """What every request of a site begins with. The client certificate must say the same."""

    merchant: Name
    site: Site
    instance: Name
    """Random, made with the ledger file; two machines claiming one site differ in it. As it enrolled."""
