"""What this counter may ask headquarters for: who somebody is, and value that lies elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from terminal.core.batches import CardAccount
from terminal.core.cards_held import CardsHeld
from terminal.core.commands import BookGuest, CardState, Occasion, Private
from terminal.core.errors import CardExpired, CardNew, CardNotUsable, NotBookable, refusal_of
from terminal.core.policy import Policy, stricter
from terminal.core.ports import Books, Committer, Ids
from terminal.core.rights import Want
from terminal.core.trust import Credential, Holder
from terminal.core.values import CardId, EntryId
from terminal.core.visit import Alone, Asking, Usable, floor_of

log = logging.getLogger(__name__)

_STATES = {"41": CardState.LOST, "43": CardState.REPLACED, "54": CardState.EXPIRED}
_REFUSED = "62"
"""ISO 8583 field 39 where none of these fits."""


class Elsewhere:
    """Without headquarters it answers from the ledger alone."""

    def __init__(
        self,
        books: Books,
        committer: Committer,
        ids: Ids,
        occasion: Callable[[], Occasion],
        policy: Policy,
    ) -> None:
        self._books = books
        self._committer = committer
        self._ids = ids
        self._occasion = occasion
        self._policy = policy
        self.asking: Asking = Alone()

    async def holder(self, credential: Credential) -> Holder | None:
        """See `core.ports.Desk`."""
        try:
            found = await self._books.holder(credential)
        except CardNew:
            if not await self.knows(credential):
                raise
            found = await self._books.holder(credential)
        else:
            if found is None and await self.knows(credential):
                found = await self._books.holder(credential)
        if found is not None and found.guest:
            await self._welcome(found, credential)
        if found is not None and found.card_ended(self._occasion().business_day):
            raise CardExpired(f"its last day was {found.card_until}")
        return found

    async def cards_held(self, credential: Credential) -> CardsHeld | None:
        """See `core.ports.Desk`: of a card out of the box as long as nobody has its number elsewhere.

        A number that died at another shop leads somewhere here still, and is no more than one that died here.
        """
        held = await self._books.cards_held(credential)
        if held is None or (held.presented is not None and held.presented.state is CardState.NEW):
            with suppress(CardNew):
                await self.holder(credential)
            held = await self._books.cards_held(credential)
        if held is not None and held.presented is not None and held.presented.state.final:
            raise refusal_of(held.presented.state)
        if held is not None and held.visitor:
            await self._meets(held, credential)
        return held

    async def _meets(self, held: CardsHeld, credential: Credential) -> None:
        """A visitor, with all their cards: what is done about one is booked here."""
        if held.presented is None:
            await self._welcome(held.holder, credential)
        for one in held.cards:
            met = replace(held.holder, card=one.card, card_kind=one.kind)
            await self._welcome(met, credential if one == held.presented else None)

    async def knows(self, credential: Credential) -> bool:
        """Whether headquarters knows whose it is, which is kept then. Raises CardNotUsable."""
        brought = await self.asking.bring((), token=self._books.token(credential))
        if brought.code in _STATES or brought.code == _REFUSED:
            raise _refusal(brought.code)
        if brought.who is None:
            return False
        await self._books.keep_asked(brought.who)
        return True

    async def _welcome(self, holder: Holder, credential: Credential | None) -> None:
        """The wallet of a member of another site is known to this ledger from now on, and that card of it.

        `credential`: what leads there, where it was presented.
        """
        guest = BookGuest(
            id=EntryId(self._ids.new()),
            at=self._occasion(),
            wallet=holder.wallet,
            member=holder.member,
            card=holder.card,
            tier=holder.tier,
            kind=holder.card_kind if holder.card else "",
            boxed=await self._boxed(credential) if credential else None,
            since=holder.since,
        )
        card = holder.card
        known = await self._committer.ask(
            lambda state: state.card(card) if card else state.wallet(guest.wallet)
        )
        if known is not None and guest.boxed is None:
            return
        private = Private(credentials=(credential,)) if credential and card and known is None else None
        try:
            await self._committer.submit(guest, private)
        except NotBookable:
            log.info("a guest was known already")

    async def _boxed(self, credential: Credential) -> CardId | None:
        held = await self._books.cards_held(credential)
        led = held.presented if held else None
        return led.card if led and led.state is CardState.NEW else None

    async def bring(self, card: Credential, holder: Holder, wants: Sequence[Want]) -> Usable:
        """See `core.ports.Desk`."""
        brought = await self.asking.bring(wants, token=self._books.token(card))
        if brought.code:
            raise _refusal(brought.code)
        now = await self._books.holder(card)
        own = self._policy.offline
        limits = stricter(own, brought.allowed) if brought.allowed else own
        floor = None if brought.reached else floor_of(card, limits)
        return Usable(holder=now or holder, floor=floor)

    async def left_on(self, accounts: Sequence[CardAccount]) -> Sequence[CardAccount]:
        """With what headquarters says that members have elsewhere, where it answers."""
        asked = list(dict.fromkeys(one.wallet for one in accounts if one.partly))
        away = await self.asking.left(asked) if asked else {}
        return [
            replace(one, partly=False, away=away[one.wallet]) if one.partly and one.wallet in away else one
            for one in accounts
        ]

    async def bring_sale(self, sale: EntryId) -> bool:
        """The right to undo it, if it can come; whether headquarters was reached."""
        return (await self.asking.bring((), sales=(sale,))).reached

    def over(self) -> None:
        """The customer has gone."""
        self.asking.forget()


def _refusal(code: str) -> CardNotUsable:
    state = _STATES.get(code)
    return refusal_of(state) if state else CardNotUsable(f"headquarters answered {code}")
