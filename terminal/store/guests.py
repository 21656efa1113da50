"""Members of other sites and cards that are refused everywhere, as the active data sets have them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from terminal.core.cards_held import CardHeld, CardsHeld
from terminal.core.commands import CardState
from terminal.core.errors import refusal_of
from terminal.core.sets import DataSets
from terminal.core.trust import Holder
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
        state = await self.standing(card, listed)
        if state is not CardState.ACTIVE:
            raise refusal_of(state)

    async def standing(self, card: CardId, listed: str | None) -> CardState:
        """In which state all sites are told that it is; active where they were told nothing."""
        if listed is not None:
            return CardState(listed)
        manifest = self._active().get(SetName.CARDS)
        row = await self._sets.row(manifest, card) if manifest is not None else None
        return CardState(_hot.decode(row).state) if row is not None else CardState.ACTIVE

    async def cards(
        self,
        row: MemberRow,
        holder: Holder,
        here: Callable[[CardId], Awaitable[tuple[CardState | None, str, str | None]]],
    ) -> CardsHeld:
        """All that headquarters says they have.

        `here`: of a card, the state and the last day that it has in this ledger, where it was met, and what a
        directive said of it last.
        """
        held: list[CardHeld] = []
        keys = {key.card: key for key in row.keys if key.card is not None}
        for card, key in keys.items():
            state, until, listed = await here(card)
            if state is None or state is CardState.ACTIVE:
                state = await self.standing(card, listed)
            if not state.final or card == holder.card:
                held.append(CardHeld(card=card, shown=key.shown, state=state, until=until, kind=key.kind))
        held.sort(key=lambda one: (one.shown, one.card))
        return CardsHeld(holder=holder, cards=tuple(held), visitor=True)
