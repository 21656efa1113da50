"""What this counter may ask headquarters for: who somebody is, and value that lies elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from terminal.core.commands import BookGuest, CardState, Occasion, Private
from terminal.core.errors import CardExpired, CardNotUsable, NotBookable, refusal_of
from terminal.core.policy import Policy, stricter
from terminal.core.ports import Books, Committer, Ids
from terminal.core.rights import Want
from terminal.core.trust import Credential, Holder
from terminal.core.values import EntryId
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
        found = await self._books.holder(credential)
        if found is None:
            brought = await self.asking.bring((), token=self._books.token(credential))
            if brought.code in _STATES or brought.code == _REFUSED:
                raise _refusal(brought.code)
            if brought.who is None:
                return None
            await self._books.keep_asked(brought.who)
            found = await self._books.holder(credential)
        if found is not None and found.guest:
            await self._welcome(found, credential)
        if found is not None and found.card_ended(self._occasion().business_day):
            raise CardExpired(f"its last day was {found.card_until}")
        return found

    async def _welcome(self, holder: Holder, credential: Credential) -> None:
        """The wallet of a member of another site is known to this ledger from now on."""
        guest = BookGuest(
            id=EntryId(self._ids.new()),
            at=self._occasion(),
            wallet=holder.wallet,
            member=holder.member,
            card=holder.card,
            tier=holder.tier,
            kind=holder.card_kind if holder.card else "",
        )
        private = Private(credentials=(credential,)) if holder.card else None
        try:
            await self._committer.submit(guest, private)
        except NotBookable:
            log.info("a guest was known already")

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

    async def bring_sale(self, sale: EntryId) -> bool:
        """The right to undo it, if it can come; whether headquarters was reached."""
        return (await self.asking.bring((), sales=(sale,))).reached

    def over(self) -> None:
        """The customer has gone."""
        self.asking.forget()


def _refusal(code: str) -> CardNotUsable:
    state = _STATES.get(code)
    return refusal_of(state) if state else CardNotUsable(f"headquarters answered {code}")
