"""What headquarters has said to a site, in words that it alone can make: the site keeps them and shows them.

Books that were put back from an older copy do not know what they said since. A site that shows them a mark
above what they hold proves it, and nobody can prove it who was not told so.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence

from terminal.core.values import INTEGER_MAX, Value

_PARTS = 6
_LAST_DIGITS = 12
_MAC_BYTES = 16


class Told(Value, frozen=True, kw_only=True):
    """So far headquarters had come with a site when it said so."""

    hq_epoch: int
    acked: int
    fed: int
    """Number of a directive in the site's feed under that hq_epoch; 0: the mark says nothing of it."""
    edits: int
    """Edits of people that are held of the site, under whatever hq_epoch they came."""
    last: str = ""
    """Of the id of directive `fed`, as `last_of` has it: a copy may give another one its number."""


def last_of(directed: str) -> str:
    """The digits of an id by which a mark names it."""
    return directed[-_LAST_DIGITS:]


class Marks:
    def __init__(self, mac: Callable[[bytes], bytes]) -> None:
        """`mac`: under a key that lies beside the database, and comes back with it."""
        self._mac = mac

    def of(self, merchant: str, site: str, told: Told) -> str:
        said = (*map(str, (told.hq_epoch, told.acked, told.fed, told.edits)), told.last)
        return ".".join((*said, self._proof(merchant, site, said)))

    def read(self, merchant: str, site: str, mark: str) -> Told | None:
        """None: this headquarters never said it to that site."""
        *said, proof = mark.split(".")
        if len(said) != _PARTS - 1 or not all(one.isascii() and one.isdecimal() for one in said[:-1]):
            return None
        numbers = tuple(int(one[:20]) for one in said[:-1])
        if max(numbers) > INTEGER_MAX:
            return None
        ours = self._proof(merchant, site, said)
        if not hmac.compare_digest(ours.encode(), proof.encode()):
            return None
        hq_epoch, acked, fed, edits = numbers
        return Told(hq_epoch=hq_epoch, acked=acked, fed=fed, edits=edits, last=said[-1])

    def _proof(self, merchant: str, site: str, said: Sequence[str]) -> str:
        parts = ("card-terminal mark 1", merchant, site, *said)
        return self._mac("\n".join(parts).encode())[:_MAC_BYTES].hex()
