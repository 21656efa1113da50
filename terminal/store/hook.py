"""The `HookLedger` port over the file."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.hook import Held
from terminal.store.committer import Writer
from terminal.store.queries import queries

_HELD_MAX = 1000


class FileHook:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._hooked: int | None = None
        self._held: tuple[Held, ...] | None = None

    async def hooked(self) -> int:
        if self._hooked is None:
            row = await self._writer.do(
                lambda shelf: shelf.connection.execute(queries()["meta"], ("hooked",)).fetchone()
            )
            self._hooked = int(row[0]) if row else 0
        return self._hooked

    async def hook(self, seq: int) -> None:
        if seq > await self.hooked():
            await self._do("set_meta", "hooked", seq)
            self._hooked = seq

    async def hold(self, held: Held) -> None:
        await self._do("hold_hook", held.seq, held.why, held.since_ms)
        self._held = None

    async def held(self) -> Sequence[Held]:
        if self._held is None:
            rows = await self._writer.do(
                lambda shelf: shelf.connection.execute(queries()["held_hooks"], (_HELD_MAX,)).fetchall()
            )
            self._held = tuple(Held(seq=seq, why=why, since_ms=since) for seq, why, since in rows)
        return self._held

    async def let_go(self, seq: int) -> None:
        await self._do("let_go_hook", seq)
        self._held = None

    async def give_up(self, seq: int, *, by: str, at_ms: int) -> bool:
        changed = await self._do("give_up_hook", by, at_ms, seq)
        self._held = None
        return changed > 0

    async def taken_before(self, seq: int) -> int:
        row = await self._writer.do(
            lambda shelf: shelf.connection.execute(queries()["hook_before"], (seq,)).fetchone()
        )
        return int(row[0])

    async def _do(self, name: str, *values: object) -> int:
        """Rows changed."""
        return await self._writer.do(lambda shelf: shelf.connection.execute(queries()[name], values).rowcount)
