"""What a merchant may lose, as PostgreSQL knows it."""

from __future__ import annotations

from collections import defaultdict

import asyncpg

from hq.ports import LOOKED_AT, ApartAtRisk, AtRisk, SettingsGiven, SiteAtRisk
from hq.sql import SQL
from terminal.core.fleet import WorstDay
from terminal.core.policy import Offline


async def at_risk(connection: asyncpg.Connection, merchant: str) -> AtRisk:
    rows = await connection.fetch(SQL["at_risk"], merchant, LOOKED_AT)
    given: dict[str, list[SettingsGiven]] = defaultdict(list)
    for row in await connection.fetch(SQL["settings_given"], merchant):
        day = WorstDay(fen=int(row["day_fen"]), litres=int(row["day_litres"]), without=row["day_without"])
        one = SettingsGiven(applied=row["applied"], offline=_offline(row), day=day)
        given[row["site"]].append(one)
    return AtRisk(
        wallets=int(await connection.fetchval(SQL["count_wallets"], merchant)),
        lacking=int(await connection.fetchval(SQL["lacking"], merchant)),
        sites=tuple(
            SiteAtRisk(
                site=row["site"],
                seen_ms=row["seen_ms"],
                said=row["said"],
                acked=row["acked"],
                written_off_ms=row["written_off_ms"],
                gone_ms=row["gone_ms"],
                unsure=row["unsure"],
                held=int(row["held"]),
                open=int(row["open"]),
                an_entry=int(row["an_entry"]),
                given=tuple(given[row["site"]]),
            )
            for row in rows
        ),
        apart=tuple(
            ApartAtRisk(site=row["site"], kind=row["kind"], held=int(row["held"]), open=int(row["open"]))
            for row in await connection.fetch(SQL["apart_at_risk"], merchant)
        ),
    )


def _offline(row: asyncpg.Record) -> Offline | None:
    if row["secure"] is None:
        return None
    return Offline(secure=row["secure"], signed=row["signed"], open=row["open"], site=row["cap"])
