"""What every part of a turn over PostgreSQL has: its connection, and a note for the data sets."""

from __future__ import annotations

from collections.abc import Collection

import asyncpg

from hq.sql import SQL
from terminal.core.values import SiteId
from terminal.core.wire.sets import SetName


class PostgresChanges:
    def __init__(self, connection: asyncpg.Connection, merchant: str, site: SiteId) -> None:
        self._connection = connection
        self._here = (merchant, site)
        self.merchant = merchant
        self.name = site

    async def note_changes(self, name: SetName, keys: Collection[str], site: SiteId) -> None:
        await self._connection.execute(SQL["note_changes"], self.merchant, site, name, sorted(set(keys)))
