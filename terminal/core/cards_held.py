"""A wallet and the cards that lead to it, in whatever state they are."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cards import CardState
from terminal.core.trust import Holder
from terminal.core.values import CardId, Value


class CardHeld(Value, frozen=True, kw_only=True):
    card: CardId
    shown: str
    """Masked number, such as `****1234`."""
    state: CardState
    until: str = ""
    """As `Holder.card_until`."""
    kind: str = ""
    """As `Holder.card_kind`."""


class CardsHeld(Value, frozen=True, kw_only=True):
    """What was presented leads to `holder`; its own card among `cards`, if it is one."""

    holder: Holder
    cards: tuple[CardHeld, ...]
    """Those whose number is not dead, and what was presented, by number as it is shown."""
    visitor: bool = False
    """Another shop's member, known here by headquarters' word: what leads to them is not this ledger's."""

    def on(self, business_day: str) -> CardsHeld:
        """As they stand on that day: of a wallet without a name what is over is expired."""
        return replace(self, cards=tuple(self._on(business_day, one) for one in self.cards))

    def _on(self, business_day: str, one: CardHeld) -> CardHeld:
        over = one.state is CardState.ACTIVE and self.ended(one, business_day)
        return replace(one, state=CardState.EXPIRED) if over else one

    def ended(self, one: CardHeld, business_day: str) -> bool:
        """Whether its last day is over."""
        return replace(self.holder, card_until=one.until).card_ended(business_day)

    @property
    def blocked(self) -> bool:
        """What was presented is a member's card that was reported lost, or frozen: to hold it proves nothing.

        Of a card without a name nobody else could be asked.
        """
        one = self.presented
        named = self.holder.member is not None
        return named and one is not None and one.state in {CardState.LOST, CardState.FROZEN}

    @property
    def presented(self) -> CardHeld | None:
        """None: the phone was keyed."""
        return next((one for one in self.cards if one.card == self.holder.card), None)
