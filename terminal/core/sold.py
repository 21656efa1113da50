"""What a count card was sold as: its name, what each use may be of, where and when (product.md B15).

It lies with every lot as text, wherever the lot goes: only who sells reads it. What a later version says more
is kept and handed on by this one.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from terminal.core.values import Value

CHARS_MAX: Final = 8_000
"""Of one, as it is spelt."""


Clock = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?\Z")]


class Out(StrEnum):
    """Why uses are not good here and now."""

    SITE = "site"
    WEEKDAY = "weekday"
    HOUR = "hour"


class Scope(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Where and when uses are good. Nothing said: everywhere, always."""

    sites: tuple[str, ...] = ()
    weekdays: tuple[Annotated[int, Meta(ge=1, le=7)], ...] = ()
    """Of business days; Monday is 1."""
    opens: Clock = ""
    closes: Clock = ""
    """Local time, `HH:MM`: from `opens` to before `closes`, over midnight too; empty: from or to midnight;
    the same twice: the whole day."""

    @property
    def at_hours(self) -> bool:
        """Whether it matters what time it is."""
        return bool(self.opens or self.closes)

    def out(self, site: str, weekday: int, clock: str) -> Out | None:
        """What keeps uses from that moment, `HH:MM`. None: nothing does."""
        if self.sites and site not in self.sites:
            return Out.SITE
        if self.weekdays and weekday not in self.weekdays:
            return Out.WEEKDAY
        opens, closes = self.opens, self.closes  # An empty one sorts before every time of a day.
        good = opens <= clock < closes if opens < closes else clock >= opens or clock < closes
        return None if good else Out.HOUR


class SoldAs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one version of a count card. What it does not know it leaves out when it is read."""

    name: str
    uses_of: tuple[str, ...] = ()
    """SKUs of services."""
    scope: Scope | None = None
    part_of: str = ""
    """The lot of the sale, where these came back after their last day and are good again; else empty."""

    def out(self, site: str, weekday: int, clock: str) -> Out | None:
        """As `Scope.out`."""
        return self.scope.out(site, weekday, clock) if self.scope is not None else None


def spelt(sold: SoldAs) -> str:
    """As a lot says it; `read` reads it. Empty: it is too long to go with a lot."""
    text = msgspec.json.encode(sold).decode()
    return text if len(text) <= CHARS_MAX else ""


@lru_cache(maxsize=256)
def read(text: str) -> SoldAs | None:
    """None: nobody said, or nothing that this version understands."""
    try:
        return _sold.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


_sold = msgspec.json.Decoder(SoldAs)
