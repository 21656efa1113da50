"""What a site signs of its own journal: "up to here, this is the chain". Headquarters can check it."""

from __future__ import annotations

import msgspec

from terminal.core.values import SiteId, Value

_ENCODER = msgspec.json.Encoder(order="sorted")


class Checkpoint(Value, frozen=True, kw_only=True):
    site: SiteId
    instance: str
    epoch: int
    seq: int
    hash: str
    """Hex, of the entry with that seq."""

    def signed_bytes(self) -> bytes:
        """RFC 8785 canonical JSON after a prefix, so that no other message of the site can stand for it."""
        return b"card-terminal checkpoint 1\n" + _ENCODER.encode(self)
