"""What lapsing needs of a database: part of every `Turn`. Days count from 1970 by headquarters' clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from terminal.core.directives import Lapsing
from terminal.core.retention import Retention
from terminal.core.values import SiteId, Value


class Boxed(Value, frozen=True, kw_only=True):
    """What a site told of who holds a wallet, sealed to headquarters."""

    wallet: str
    edit: str
    sealed: bytes


class Idle(Value, frozen=True, kw_only=True):
    """Whom to look for."""

    kind: Lapsing
    upto: int
    """They came on that day, or before it."""
    again: int
    """Who was to be forgotten on that day or before it, and is known still, is looked for again."""


class Wished(Value, frozen=True, kw_only=True):
    """Somebody asked at a site to be forgotten."""

    wallet: str
    member: str
    since_ms: int
    told: int = 0
    """The day on which the sites heard last that they are to be; 0: not yet, or something was left since."""


class LapsingTurn(Protocol):
    async def came_wallets(self, after: int, upto: int) -> Collection[str]:
        """Those whose holders were served by entries of this site, seq by seq."""
        ...

    async def came(self, wallets: Collection[str], day: int) -> None:
        """An earlier day than is known changes nothing; by a later one all of them is kept again."""
        ...

    async def looked_through(self) -> Mapping[SiteId, int]:
        """By site, up to which seq `came_wallets` was asked."""
        ...

    async def begin_came(self, day: int, limit: int) -> None:
        """Of wallets of which no day is known; of so many."""
        ...

    async def idle(self, idle: Idle, after: str, limit: int) -> Sequence[str]:
        """Wallets beyond `after`, left of all that were merged, of whose holders anything is known."""
        ...

    async def lapsed(self, wallets: Collection[str], kind: Lapsing, today: int) -> None:
        """That was said to the sites of who holds them, who came no more since."""
        ...

    async def held_of(self, wallets: Collection[str]) -> Mapping[str, int]:
        """By unit, what lies on them in all, wherever it is, where it is not nothing."""
        ...

    async def held_elsewhere(self, wallets: Collection[str], but: SiteId) -> Mapping[str, int]:
        """The same, but for what that site holds."""
        ...

    async def given_for_good(self, wallets: Collection[str], unit: str, *, ends: bool) -> int:
        """How much of that lies in lots that nobody paid for; with `ends`: and that have no last day."""
        ...

    async def untended(self, wallets: Collection[str]) -> Collection[str]:
        """Those of them of whose holder no site that is alive ever told anything."""
        ...

    async def boxes_of(self, wallets: Collection[str]) -> Sequence[Boxed]:
        """Of each where anything is known."""
        ...

    async def reseal(self, box: Boxed) -> None:
        """In the place of what that edit brought."""
        ...

    async def forget_people(self, wallets: Collection[str]) -> None:
        """Who holds them, and what leads to them."""
        ...

    async def wish(self, wallet: str, member: str, now_ms: int) -> None:
        """Of who holds it; asked again it is as asked then."""
        ...

    async def wishes(self, after: str, limit: int) -> Sequence[Wished]:
        """By wallet, those beyond `after`."""
        ...

    async def wish_told(self, wallet: str, day: int) -> None: ...

    async def wish_over(self, wallet: str) -> None: ...

    async def keep_for(self, retention: Retention) -> None: ...

    async def kept_for(self) -> Retention:
        """As the law asks, where nobody ever said otherwise."""
        ...
