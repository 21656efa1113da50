"""The `Wishes` port over the file."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.values import MemberId, StaffId, WalletId
from terminal.core.wishes import Wish
from terminal.store.committer import Writer
from terminal.store.queries import queries


class FileWishes:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def waiting(self, after: str, limit: int) -> Sequence[Wish]:
        rows = await self._writer.do(
            lambda shelf: shelf.connection.execute(queries()["wishes"], (after, limit)).fetchall()
        )
        return [
            Wish(
                member=MemberId(member),
                wallet=WalletId(wallet),
                operator=StaffId(operator),
                second=StaffId(second) if second else None,
            )
            for member, wallet, operator, second in rows
        ]
