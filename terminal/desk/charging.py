"""What the `Desk` port asks about payments outside, and vouchers of platforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from terminal.core.acquirer import PayCode
from terminal.core.errors import NotAVoucher
from terminal.core.group_buy import Bought, GroupCode, Offer, group_code
from terminal.core.money import Fen, shown
from terminal.core.screens import Choice, Intent, Keying, Line, State, says
from terminal.core.values import EntryId, WalletId
from terminal.desk.acquiring import Acquiring
from terminal.desk.booking import Booking
from terminal.desk.filling import Filling
from terminal.desk.heard import Pays, Touched, Voucher
from terminal.desk.outside import Services
from terminal.desk.question import CANCEL, Questions
from terminal.desk.shift import Shifts


class Charging:
    _questions: Questions
    _shifts: Shifts
    _booking: Booking
    _acquiring: Acquiring | None
    _services: Services
    _filling: Filling | None
    new_id: Callable[[], EntryId]

    @property
    def acquires(self) -> bool:
        return self._services.acquirer is not None

    async def scan_pay_code(
        self, prompt: str, *, amount: Fen, lines: Sequence[Line] = (), skip: str = ""
    ) -> PayCode | None:
        other = (Choice(do="skip", label=says(skip)),) if skip else ()
        with self._questions.asking(Pays) as question:
            while True:
                self._questions.ask(
                    State.READY,
                    says(prompt),
                    question,
                    amount=shown(amount),
                    lines=tuple(lines),
                    choices=(*other, CANCEL),
                )
                match await question.heard():
                    case Pays(code=code):
                        return code
                    case Touched():
                        return None
                    case _:
                        continue

    async def charge(self, code: PayCode, fen: Fen, consumer: EntryId, wallet: WalletId | None) -> str:
        if self._acquiring is None:
            raise RuntimeError("there is no acquirer")
        self._check_left(consumer)
        await self._shifts.begin(self._booking, self.new_id())
        return await self._acquiring.charge(code, fen, consumer, wallet)

    def _check_left(self, consumer: EntryId) -> None:
        if self._filling is not None:
            self._filling.check_outside(consumer)

    @property
    def takes_cards(self) -> bool:
        return self._services.cards is not None and self._services.cards.present

    async def charge_card(self, fen: Fen, consumer: EntryId, wallet: WalletId | None) -> None:
        if self._acquiring is None:
            raise RuntimeError("there is no bank's terminal")
        self._check_left(consumer)
        await self._shifts.begin(self._booking, self.new_id())
        await self._acquiring.charge_card(fen, consumer, wallet)

    @property
    def verifies(self) -> bool:
        return self._services.group_buy is not None

    async def ask_voucher(self, prompt: str, *, amount: Fen, lines: Sequence[Line] = ()) -> GroupCode:
        with self._questions.asking(Voucher) as question:
            while True:
                self._questions.ask(
                    State.KEYING,
                    says(prompt),
                    question,
                    amount=shown(amount),
                    lines=tuple(lines),
                    choices=(CANCEL,),
                    keying=Keying.RECEIPT,
                )
                match await question.heard():
                    case Voucher(code=code):
                        return code
                    case Touched(intent=Intent(do="key", value=keyed)):
                        if (typed := group_code(keyed)) is not None:
                            return typed
                        question.refuse(NotAVoucher(f"{len(keyed)} characters"))
                    case _:
                        continue

    async def verify(self, code: GroupCode) -> Offer:
        if self._acquiring is None:
            raise RuntimeError("nobody verifies vouchers")
        return await self._acquiring.verify(code)

    async def redeem(self, voucher: Bought, fen: Fen, sale: EntryId, wallet: WalletId | None) -> EntryId:
        if self._acquiring is None:
            raise RuntimeError("nobody verifies vouchers")
        await self._shifts.begin(self._booking, self.new_id())
        return await self._acquiring.redeem(voucher, fen, sale, wallet)
