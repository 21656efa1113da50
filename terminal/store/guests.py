"""Members of other sites and cards that are refused everywhere, as the active data sets have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from terminal.core.commands import CardState
from terminal.core.errors import refusal_of
from terminal.core.sets import DataSets
from terminal.core.values import CardId
from terminal.core.wire.people import MemberRow
from terminal.core.wire.sets import HotCard, SetName

_hot = msgspec.json.Decoder(HotCard)


class Guests:
    def __init__(self, sets: DataSets, active: Callable[[], Mapping[str, str]]) -> None:
        """`active`: by which manifest each set is read now."""
        self._sets = sets
        self._active = active

    async def known(self, token: bytes) -> MemberRow | None:
        return await self._sets.by_token(self._active().get(SetName.MEMBERS, ""), token.hex())

    async def keep(self, row: MemberRow) -> None:
        await self._sets.keep_asked(row)

    async def check(self, card: CardId, listed: str | None) -> None:
        """`listed`: what a directive said of it last; that is newer than any set.

        Raises CardLost, CardReplaced or CardNotUsable.
        """
        manifest = self._active().get(SetName.CARDS)
        state = CardState(listed) if listed is not None else None
        if state is None and manifest is not None:
            row = await self._sets.row(manifest, card)
            state = _hot.decode(row).state if row is not None else None
        if state is not None and state is not CardState.ACTIVE:
            raise refusal_of(state)
