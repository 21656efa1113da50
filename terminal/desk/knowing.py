"""What flows ask of whoever stands there: their value, their PIN, and who of the staff they are."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from terminal.core.cards_held import CardsHeld
from terminal.core.ledger.earned import earned_before
from terminal.core.money import Fen
from terminal.core.pin import PinCause
from terminal.core.ports import Books, Committer
from terminal.core.rights import Want
from terminal.core.screens import Message
from terminal.core.services import KEPT_MAX, Service
from terminal.core.trust import Credential, Holder
from terminal.core.values import MemberId, StaffId
from terminal.core.visit import Usable
from terminal.desk.elsewhere import Elsewhere
from terminal.desk.means import Means
from terminal.desk.own import OwnCards
from terminal.desk.pictures import Pictures
from terminal.desk.pins import PinDesk
from terminal.desk.points import PointsDesk
from terminal.desk.prices import Prices
from terminal.desk.session import Session
from terminal.desk.shift import Shifts
from terminal.desk.tiers import TierDesk


class Knowing:
    _means: Means
    _books: Books
    _committer: Committer
    _session: Session
    _elsewhere: Elsewhere
    _pictures: Pictures
    _points: PointsDesk
    _prices: Prices
    _tiers: TierDesk
    _own: OwnCards
    _pins: PinDesk
    _shifts: Shifts
    _roams: bool

    async def holder(self, credential: Credential) -> Holder | None:
        found = await self._elsewhere.holder(credential)
        if found is None:
            return None
        # This one first: what is written off then is no visit, nor is a tier. Mostly neither has to wait.
        await self._pictures.look(found)
        with_points = await self._points.of(found)
        self._pictures.allows(found, await self._prices.allowed(found))
        return await self._tiers.of(with_points)

    async def cards_held(self, credential: Credential) -> CardsHeld | None:
        held = await self._elsewhere.cards_held(credential)
        return held.on(self._session.occasion().business_day) if held else None

    async def was_members(self, phone: Credential) -> bool:
        return await self._books.was_members(phone)

    async def bring(self, card: Credential, holder: Holder, wants: Sequence[Want]) -> Usable:
        usable = await self._elsewhere.bring(card, holder, wants)
        return replace(usable, holder=await self._points.of(usable.holder))

    async def pin_cause(self, card: Credential, holder: Holder, fen: Fen) -> PinCause | None:
        return await self._pins.cause(card, holder, fen, roams=self._roams)

    async def is_own(self, holder: Holder, operator: StaffId | None = None) -> bool:
        day = self._session.occasion().business_day
        return await self._own.holds(operator or self._shifts.operator, holder, day)

    async def earned_before(self, holder: Holder, principal: int) -> int:
        if not principal:
            return 0
        return await self._committer.ask(lambda state: earned_before(state, holder.wallet, principal))

    @property
    def gives_bringers(self) -> bool:
        return self._prices.offer.tariff.gives_bringers

    async def is_staffs(self, holder: Holder) -> bool:
        return await self._own.anybodys(holder)

    async def was_given(self, card: Credential, holder: Holder) -> bool:
        return await self._means.pins.given_away(holder, card)

    async def has_pin(self, card: Credential, holder: Holder) -> bool:
        return await self._means.pins.has(holder, card)

    async def ask_pin(  # noqa: PLR0913  what stands on the screen, each by its name
        self,
        prompt: str,
        *,
        amount: Fen,
        points: int = 0,
        why: Message | None = None,
        left: int | None = None,
        skip: str = "",
    ) -> str | None:
        return await self._pins.asked(prompt, amount=amount, points=points, why=why, left=left, skip=skip)

    async def check_pin(self, card: Credential, holder: Holder, pin: str) -> None:
        await self._means.pins.check(holder, card, pin)

    async def services(self, member: MemberId) -> Sequence[Service]:
        return await self._books.services_of(member, KEPT_MAX)

    def called(self, staff: StaffId) -> str:
        return self._shifts.called(staff)
