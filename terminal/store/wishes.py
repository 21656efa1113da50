"""The `Wishes` port over the file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from terminal.core.commands import ErasureReason
from terminal.core.values import MemberId, StaffId, WalletId
from terminal.core.wishes import Wish
from terminal.store.committer import Writer
from terminal.store.queries import queries
from terminal.store.shelf import Shelf


class FileWishes:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def waiting(self, after: str, limit: int) -> Sequence[Wish]:
        return await self._writer.do(partial(_waiting, after=after, limit=limit))


def _waiting(shelf: Shelf, *, after: str, limit: int) -> list[Wish]:
    rows = shelf.connection.execute(queries()["wishes"], (after, limit)).fetchall()
    return [
        Wish(
            member=MemberId(member),
            wallet=WalletId(wallet),
            operator=StaffId(operator),
            second=StaffId(second) if second else None,
            why=ErasureReason(why) if why else None,
            kept=bool(shelf.kept_until(MemberId(member))),
            told=bool(told),
        )
        for member, wallet, operator, second, why, told in rows
    ]
