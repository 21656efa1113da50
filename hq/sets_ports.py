"""What the making of data sets needs of a database: part of every `Turn`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Protocol

from terminal.core.fleet import WorstDay
from terminal.core.policy import Offline
from terminal.core.values import SiteId, Value
from terminal.core.wire.people import KeyToken
from terminal.core.wire.sets import SetName

PLACES = 1 << 32
SHARED = SiteId("")
"""Stands for what all sites of a merchant share."""


FAR_MS = 86_400_000
"""Nothing of a data set is ever put off so long: such a time was set by a clock that was ahead."""


def is_due(at_ms: int, now_ms: int) -> bool:
    """Also what lies so far ahead that a wrong clock must have set it."""
    return at_ms <= now_ms or at_ms > now_ms + FAR_MS


def place_of(key: str) -> int:
    """Where a wallet or a card lies among the parts: the first 32 bits of the SHA-256 of its name."""
    return int.from_bytes(sha256(key.encode()).digest()[:4])


WITHDRAWN = -1
"""Stands in place of the number of what was taken out of the feed before its time."""


class ToldRow(Value, frozen=True, kw_only=True):
    """What a site told of one of a person's wallets last."""

    wallet: str
    edit: str
    sealed: bytes


class PersonRow(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Who holds a wallet, after all merges."""

    wallet: str
    """The root."""
    member: str | None
    tier: str
    told: str
    """The wallet whose last edit speaks: the root's own, else the newest of those merged into it."""
    edit: str
    sealed: bytes
    traces: tuple[str, ...]
    keys: tuple[KeyToken, ...]
    """All that lead to any of them, by token; without those that are hot, unless they were asked for."""
    since: int = 0
    """When it was given to them, in ms; 0: by nobody. Left out then, so that no part is made anew for it."""
    others: tuple[ToldRow, ...] = ()
    """Of their other wallets: where the one that speaks has no PIN, that of one of these is theirs."""
    pins: tuple[ToldRow, ...] = ()
    """Of sites that know nothing else of them: the PIN chosen there is theirs, if it is the newest."""


class Change(Value, frozen=True, kw_only=True):
    set: str
    key: str
    site: SiteId
    """Where it was met just now; `SHARED`: it changed, wherever it is held."""


class SetSite(Value, frozen=True, kw_only=True):
    """How far the making of a site's sets has come."""

    read_seq: int = 0
    """The site's chain was looked through up to there."""
    instance: str = ""
    box_key: bytes | None = None
    """Of the machine to which its parts are sealed."""
    look_ms: int = 0
    """When to look again though nothing was heard of it."""
    due_ms: int = 0
    """Before then no manifest would name what is made of its members: changes gather until then."""


class PartRow(Value, frozen=True, kw_only=True):
    low: int
    high: int
    wanted: int = 1
    built: int = 0
    """As often as it was wanted when it was built last."""
    print: bytes = b""
    """What it was built of: equal, and nothing need be done."""
    hash: bytes = b""
    """Of its bytes; empty: it has no rows."""
    rows: int = 0
    told: bytes = b""
    """The hash by which the site's last manifest names it; empty: not at all."""


class Published(Value, frozen=True, kw_only=True):
    """A set that is the same for many sites."""

    set: str
    n: int
    site: SiteId
    """Whom it is for; `SHARED`: all of the merchant."""
    version: str
    not_before_ms: int
    manifest: bytes
    """Its hash; empty: each site has its own, over parts that are sealed to it."""
    parts: tuple[bytes, ...]
    rows: tuple[int, ...]


class Given(Value, frozen=True, kw_only=True):
    """An activate directive in a site's feed."""

    set: str
    n: int
    published: int
    """Number of what it gives of a published set; else 0, or `WITHDRAWN`."""
    manifest: bytes
    id: str
    hq_epoch: int
    given_ms: int
    applied: bool = False


class Allowed(Value, frozen=True, kw_only=True):
    """What a merchant lets its sites give beyond rights."""

    n: int
    """Number of the published settings that say so."""
    site: SiteId
    """Whom it is for; `SHARED`: all of the merchant."""
    offline: Offline


class Act(Value, frozen=True, kw_only=True):
    """What somebody did at headquarters."""

    at_ms: int
    who: str
    what: str


class SetsTurn(Protocol):
    """What is said of `this site` is said of the turn's own; everything else of its merchant."""

    async def lock_sets(self) -> None:
        """Alone, until the end, among those who make data sets of this merchant."""
        ...

    # What changed

    async def note_changes(self, name: SetName, keys: Collection[str], site: SiteId) -> None: ...

    async def take_changes(self, limit: int) -> Sequence[Change]: ...

    # Who was met where

    async def posted_wallets(self, after: int, upto: int) -> Collection[str]:
        """Those that entries of this site, seq by seq, post to."""
        ...

    async def roots(self, wallets: Collection[str]) -> Mapping[str, str]: ...

    async def saw(self, met: Collection[tuple[str, SiteId]], day: int) -> Sequence[tuple[SiteId, int]]:
        """(wallet, site); answers (site, place) of those that are new there."""
        ...

    async def unsee(self, wallets: Collection[str]) -> Sequence[tuple[str, SiteId, int]]:
        """Forgets them everywhere; (wallet, site, day) of where they were."""
        ...

    async def seen_at(self, wallets: Collection[str]) -> Sequence[tuple[SiteId, int]]: ...

    async def forget_seen(self, before: int, limit: int) -> Sequence[tuple[SiteId, int]]:
        """Some of those not met at this site since that day; (site, place)."""
        ...

    async def adopt_seen(self, limit: int) -> None:
        """This site is given whom the merchant's other sites have met, the latest first, with their days."""
        ...

    async def count_keys(self, name: SetName) -> int:
        """How many rows that set has: of this site, or shared."""
        ...

    # Parts

    async def set_site(self) -> SetSite | None: ...

    async def save_set_site(self, row: SetSite) -> None: ...

    async def look_again(self, site: SiteId, at_ms: int) -> None:
        """At that site, or at all of them, not later than that."""
        ...

    async def spoil(self, name: SetName, places: Collection[tuple[SiteId, int]]) -> None:
        """The parts at those (site, place) must be looked at."""
        ...

    async def spoil_all(self, name: SetName) -> None:
        """Of this site; nothing of what was made counts any more."""
        ...

    async def parts(self, name: SetName) -> Sequence[PartRow]:
        """Of this site, in their order."""
        ...

    async def lagging(self, name: SetName) -> PartRow | None: ...

    async def part_at(self, name: SetName, low: int) -> PartRow | None: ...

    async def save_parts(self, name: SetName, parts: Sequence[PartRow]) -> None:
        """What is wanted of a part that is there stays as it is."""
        ...

    async def people_in(self, low: int, high: int, limit: int) -> Sequence[PersonRow] | None:
        """Whom this site has met and of whom anything was told, with hot keys too, by wallet.

        None: there are more than `limit`.
        """
        ...

    async def hot_in(self, low: int, high: int, limit: int) -> Sequence[tuple[str, str]] | None:
        """(card, state), by card. None: there are more than `limit`."""
        ...

    # What is given out

    async def publish(self, row: Published) -> None: ...

    async def last_published(self, name: SetName) -> int: ...

    async def published(self) -> Sequence[Published]:
        """All that is for this site, by set and number."""
        ...

    async def forget_published(self, now_ms: int) -> None:
        """What a later one that is in force has taken the place of."""
        ...

    async def name_blobs(self, manifest: bytes, blobs: Collection[bytes]) -> None: ...

    async def naming(self, blob: bytes) -> Collection[bytes]:
        """The manifests that name it; each names itself."""
        ...

    async def give(self, row: Given) -> None: ...

    async def given(self) -> Sequence[Given]:
        """To this site, by set and number."""
        ...

    async def forget_given(self) -> None:
        """What lies before the last one that this site applied."""
        ...

    async def redirect(self, row: Given, version: str, manifest: bytes) -> None:
        """Another manifest for a directive that this site has not applied."""
        ...

    async def withdraw(self, row: Given, manifest: bytes, now_ms: int) -> None:
        """A directive that this site has not applied becomes an empty release, without a time.

        `manifest`: what the site reads until that set is given again.
        """
        ...

    async def ungive(self, name: SetName) -> None:
        """What was given of that published set counts no more, and is given again."""
        ...

    # What people set

    async def allow(self, row: Allowed) -> None: ...

    async def allowed(self) -> Sequence[Allowed]:
        """All that was ever for this site, by number."""
        ...

    async def bound_days(self, n: int, worst: WorstDay) -> None:
        """By the published settings of that number."""
        ...

    async def days_bound(self, n: int) -> WorstDay:
        """Nothing, where those settings say nothing of it."""
        ...

    async def act(self, act: Act) -> None:
        """Kept for whoever asks later."""
        ...

    async def acts(self, limit: int) -> Sequence[Act]:
        """The latest first."""
        ...

    # Blobs

    async def add_blobs(self, blobs: Mapping[str, bytes]) -> None:
        """By their hashes. What is there already is as it should be after that."""
        ...

    async def blob(self, digest: str) -> bytes | None:
        """Only what this site's feed has told it of."""
        ...

    async def own_blob(self, digest: str) -> bytes | None:
        """For headquarters itself."""
        ...

    async def sweep_blobs(self, after: bytes, limit: int) -> tuple[bytes, int]:
        """Looks at so many beyond that hash, drops those that nothing names; how far, and how many went.

        Manifests that no site was given and nobody published any more go first. b"": to the end.
        """
        ...
