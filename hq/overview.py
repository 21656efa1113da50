"""What an operator sees of a merchant: machines, sites, what is open, what is at risk."""

from __future__ import annotations

from collections.abc import Mapping

from hq.door_postgres import PostgresDoor
from hq.exposure import Exposure, exposed
from hq.ladder import ladder, names_of
from hq.policy import Policy
from hq.postgres import PostgresStore
from hq.sets_ports import SHARED, Act
from hq.sql import SQL
from terminal.core.tier_names import TierShown
from terminal.core.values import Value

EXCEPTIONS_SHOWN_MAX = 100
ACTS_SHOWN_MAX = 20
COVERED_MS = 7 * 86_400_000
"""So long headquarters covers by itself what was spent beyond rights, before people are asked."""


class MachineSeen(Value, frozen=True, kw_only=True):
    site: str
    terminal: str
    instance: str
    enrolled_ms: int
    until_ms: int
    """Of its latest certificate."""
    revoked_ms: int | None
    revoked_why: str


class SiteSeen(Value, frozen=True, kw_only=True):
    site: str
    instance: str
    instance_no: int
    epoch: int
    acked: int
    head: bytes
    said: int
    seen_ms: int
    written_off_ms: int
    gone_ms: int


class Open(Value, frozen=True, kw_only=True):
    """An exception that waits for a person."""

    kind: str
    site: str
    subject: str
    why: str
    opened_ms: int


class Overview(Value, frozen=True, kw_only=True):
    merchant: str
    now_ms: int
    machines: tuple[MachineSeen, ...]
    sites: tuple[SiteSeen, ...]
    exceptions: tuple[Open, ...]
    """The oldest, at most `EXCEPTIONS_SHOWN_MAX`."""
    exceptions_open: int
    beyond_rights: int
    """Spends beyond rights that are open, and too young for people."""
    exposure: Exposure | None
    """None while no site has called."""
    acts: tuple[Act, ...]
    """The latest, at most `ACTS_SHOWN_MAX`."""
    kinds_ended: Mapping[str, str]
    """By kind of which all coupons are withdrawn, why."""
    tiers: tuple[str, ...]
    """How the chain's rise."""
    called: dict[str, TierShown] = {}
    """What they are called, those that have names."""


async def overview(store: PostgresStore, merchant: str, policy: Policy, now_ms: int) -> Overview:
    async with PostgresDoor(store).of(merchant) as connection:
        machines = await connection.fetch(SQL["overview_machines"], merchant)
        sites = await connection.fetch(SQL["overview_sites"], merchant)
        since = now_ms - COVERED_MS
        open_ = await connection.fetch(SQL["overview_exceptions"], merchant, EXCEPTIONS_SHOWN_MAX, since)
        count = await connection.fetchrow(SQL["overview_open"], merchant, since)
    exposure = await exposed(store, merchant, policy, now_ms)
    async with store.turn(merchant, SHARED) as turn:
        acts = tuple(await turn.acts(ACTS_SHOWN_MAX))
        kinds_ended = await turn.kinds_ended()
        tiers, called = await ladder(turn, policy, now_ms), await names_of(turn, now_ms)
    return Overview(
        merchant=merchant,
        now_ms=now_ms,
        machines=tuple(MachineSeen(**row) for row in machines),
        sites=tuple(SiteSeen(**row) for row in sites),
        exceptions=tuple(Open(**row) for row in open_),
        exceptions_open=count["to_decide"],
        beyond_rights=count["young"],
        exposure=exposure,
        acts=acts,
        kinds_ended=kinds_ended,
        tiers=tiers,
        called=dict(called),
    )
