"""Data sets: content-addressed, fetched apart, switched by a directive (product.md E5).

A set is a manifest that names its parts by their SHA-256; a part holds at most 500 rows. What did not change
keeps its hash and is not fetched again. A site stages parts between sales and switches to a manifest in the
transaction of the directive that activates it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from terminal.core.cards import CardState
from terminal.core.values import Value
from terminal.core.wire.forms import Count, FromSite, HexHash, Name

BLOB_PATH = "/v1/blob"
ROWS_MAX = 500
BLOB_BYTES_MAX = 4 << 20
PARTS_MAX = 20_000


class SetName(StrEnum):
    MEMBERS = "members"
    CARDS = "cards"  # the hot list, whole: card id and why
    ARTICLES = "articles"
    PRICES = "prices"
    PROMOTIONS = "promotions"
    STAFF = "staff"
    SETTINGS = "settings"


SEALED = frozenset({SetName.MEMBERS, SetName.STAFF})
"""Their parts are boxes to the site (`runtime.box`), about `part_about`; the others are plain JSON."""


def part_about(name: SetName) -> bytes:
    return f"card-terminal part 1\n{name}".encode()


class PartOf(Value, frozen=True, kw_only=True):
    hash: HexHash
    """SHA-256 of the part's bytes: JSON of a list of `Row`, in a box where the set is `SEALED`."""
    rows: Annotated[int, Meta(ge=1, le=ROWS_MAX)]


class Manifest(Value, frozen=True, kw_only=True):
    """The bytes whose SHA-256 an `activate` directive names."""

    set: SetName
    version: Name
    parts: Annotated[tuple[PartOf, ...], Meta(max_length=PARTS_MAX)]


class Row(Value, frozen=True, kw_only=True):
    """One row of a part: found by its key, understood by whoever uses the set."""

    key: Annotated[str, Meta(min_length=1, max_length=128)]
    value: bytes
    """JSON."""


class HotCard(Value, frozen=True, kw_only=True):
    """Value of a row of the set `cards`, whose key is the card: why it is refused everywhere."""

    state: CardState


class Blob(FromSite, frozen=True, kw_only=True):
    """`POST /v1/blob`: the bytes with this SHA-256, as they are. A site asks only for what it was told of."""

    hash: HexHash


class Staged(Value, frozen=True, kw_only=True):
    """How far a set has come, for the technician."""

    set: SetName
    version: Name
    parts: Count
    there: Count
