"""FEED and ASK: what headquarters directs, and what a site asks it for."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Raw

from terminal.core.directives import Directive
from terminal.core.rights import Want
from terminal.core.values import Value
from terminal.core.wire.forms import Count, Epoch, Fresh, FromSite, HexHash, Mark, Uuid

FEED_PATH = "/v1/feed"
ASK_PATH = "/v1/ask"

FEED_MAX = 200
"""Directives in one answer."""
FEED_BYTES_MAX = 4 << 20
"""A whole answer to FEED as a site reads it."""
WAIT_MS_MAX = 20_000
EARLY_MS = 60_000
"""So long a site waits for the time of a directive before it says so."""
WANTS_MAX = 50


class Feed(FromSite, frozen=True, kw_only=True):
    """`POST /v1/feed`: directives after `after`. Waits up to `wait_ms` for the first one."""

    hq_epoch: Count
    after: Count
    """The number that was applied last, under this hq_epoch; 0: none."""
    wait_ms: Annotated[int, Meta(ge=0, le=WAIT_MS_MAX)] = 0
    early: bool = False
    """The next one has waited for its time for `EARLY_MS`, and all behind it as well: take it out."""
    fresh: Fresh = ""
    """That nothing was directed some day is no answer to whether anything is now."""


class Numbered(Value, frozen=True, kw_only=True):
    """One directive at its place: applied in the order of `m`, each id once, each by one entry."""

    m: Count
    id: Uuid
    """Also the id of the entry by which the site applies it."""
    not_before_ms: Count = 0
    """The site waits for this time by a trusted clock; 0: at once."""
    directive: Directive


class Fed(Value, frozen=True, kw_only=True, tag="fed"):
    hq_epoch: Count
    epoch: Epoch
    """The site's: what is meant for another branch of its chain must not be applied."""
    after: Count
    items: Annotated[tuple[Numbered, ...], Meta(max_length=FEED_MAX)]
    mark: Mark = ""
    """Of the last of `items`."""


class FedRaw(Value, frozen=True, kw_only=True, tag="fed"):
    """`Fed` as a site reads it: one directive of a newer kind must not spoil those before it."""

    hq_epoch: Count
    epoch: Epoch
    after: Count
    items: Annotated[tuple[Raw, ...], Meta(max_length=FEED_MAX)]
    mark: Mark = ""


class Ask(FromSite, frozen=True, kw_only=True):
    """`POST /v1/ask`: rights to what a member wants to spend here. The same id twice is one effect."""

    hq_epoch: Count
    id: Uuid
    wants: Annotated[tuple[Want, ...], Meta(max_length=WANTS_MAX)] = ()
    """In all, not beside what is held; empty: only who it is."""
    sales: Annotated[tuple[Uuid, ...], Meta(max_length=WANTS_MAX)] = ()
    """Sales of other sites that are to be undone here, in whole or in part."""
    key: HexHash | None = None
    """Token of what was presented: refused when it is hot, answered with who it is."""


class AskOutcome(StrEnum):
    DIRECTED = "directed"  # all of it is in the feed now
    WAITING = "waiting"  # some of it must come from other sites first
    SHORT = "short"  # what there is is in the feed; no more can come
    REFUSED = "refused"  # the card is hot, or nobody has it


class Asked(Value, frozen=True, kw_only=True, tag="asked"):
    hq_epoch: Count
    id: Uuid
    outcome: AskOutcome
    code: Annotated[str, Meta(max_length=4)] = ""
    """ISO 8583 field 39, when refused."""
    fed: Count
    """Read the feed up to here."""
    who: bytes = b""
    """`MemberRow` as JSON in a box to the site (`runtime.box`), about `who_about`: whose that key is."""
