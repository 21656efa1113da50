"""Whoever works here, at this counter: by badge, by role, and by a PIN of their own (product.md B13)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Unpack

from terminal.core.approval import Rules, approved_as
from terminal.core.commands import Command, SaleLine
from terminal.core.errors import MayNotApprove, PinRefused, Refused
from terminal.core.ledger.worth import worth
from terminal.core.money import Fen, shown
from terminal.core.policy import Policy
from terminal.core.ports import Committer
from terminal.core.screens import Line, State, says
from terminal.core.staff import Role, check_sells, reaches
from terminal.core.values import StaffId
from terminal.desk.heard import Badge
from terminal.desk.pins import PinDesk
from terminal.desk.question import CANCEL, Questions
from terminal.desk.settings import StaffMember
from terminal.desk.shift import Shifts
from terminal.desk.stage import ScreenParts
from terminal.runtime.log import told

log = logging.getLogger(__name__)


class Approving:
    """What the `Desk` port asks of the people who work here."""

    _questions: Questions
    _committer: Committer
    _policy: Policy
    _shifts: Shifts
    _pins: PinDesk
    _training: bool

    @property
    def staff(self) -> Sequence[StaffMember]:
        return self._shifts.staff

    @property
    def by_pin(self) -> bool:
        """Whether those who work here have PINs."""
        return bool(self._policy.second_person) or self._policy.shift_by_pin or self._rules().told_apart

    def _rules(self) -> Rules:
        return Rules(
            second_person=self._policy.second_person,
            permits=self._policy.permits,
            caps=self._policy.overrides,
            roles={one.id: one.role for one in self._shifts.staff},
        )

    async def second(
        self, command: Command, prompt: str, *, amount: Fen, lines: Sequence[Line] = ()
    ) -> StaffId | None:
        rules, operator = self._rules(), command.at.operator
        role = rules.beside(command, await self._committer.ask(partial(worth, command)))
        if role is None:
            return None
        large = shown(amount) if amount else ""
        kind = str(approved_as(command))
        who = await self._badge(
            kind,
            prompt,
            lambda one: rules.check_second(one.id, role, operator),
            amount=large,
            lines=tuple(lines),
        )
        return await self._proved(kind, who, amount=amount)

    @property
    def operator(self) -> StaffId:
        return self._shifts.operator

    def behind(self, lines: Iterable[SaleLine]) -> StaffId | None:
        return self._rules().behind(lines, self.operator)

    def may_take_off(self, staff: StaffId, off: int, of: int) -> bool:
        """Whether they may take so much off so much by themselves."""
        return self._rules().may_take_off(staff, off, of)

    async def takes_off(self, may: Callable[[StaffMember], None], *, lines: tuple[Line, ...]) -> StaffId:
        """Somebody beside the attendant who may, by badge and PIN. `lines`: what is taken off what."""
        who = await self._badge("override", "Who approves that it is taken off?", may, lines=lines)
        return await self._proved("override", who)

    def leads(self, staff: StaffId) -> bool:
        """Whether they may what a manager may."""
        return self._rules().reaches(staff, Role.MANAGER)

    async def prove_staff(self, prompt: str, *, role: Role | None = None, given: bool = False) -> StaffId:
        def may(who: StaffMember) -> None:
            if role is Role.ATTENDANT:
                check_sells(who.role)
            elif role is not None and not self._rules().reaches(who.id, role):
                raise MayNotApprove(f"a {who.role}")

        return await self._proved("staff", await self._badge("staff", prompt, may), given=given)

    async def prove_role(self, who: StaffId) -> None:
        member = self._shifts.member(who)
        if member is not None and reaches(member.role, Role.SHIFT_LEAD):
            await self._proved("shift", member)

    def is_attendant(self, staff: StaffId) -> bool:
        who = self._shifts.member(staff)
        return who is not None and who.role is not Role.TECHNICIAN

    async def read_badge(self, prompt: str) -> StaffId:
        return (await self._badge("badge", prompt, lambda who: check_sells(who.role))).id

    async def is_staff_pin(self, staff: StaffId, pin: str) -> bool:
        try:
            await self._pins.of_staff(staff, pin)
        except PinRefused:
            return False
        return True

    async def _badge(
        self, what: str, prompt: str, may: Callable[[StaffMember], None], **parts: Unpack[ScreenParts]
    ) -> StaffMember:
        """Of somebody who may; any other is told why not, and another is asked for."""
        parts["choices"] = (CANCEL,)
        with self._questions.asking(Badge) as question:
            while True:
                self._questions.ask(State.READY, says(prompt), question, **parts)
                heard = await question.heard()
                who = self._shifts.member(heard.staff) if isinstance(heard, Badge) else None
                if who is None:
                    continue
                try:
                    may(who)
                except Refused as refusal:
                    log.warning("refused: what=%s by=%s why=%s", what, who.id, told(refusal))
                    question.refuse(refusal)
                else:
                    return who

    async def _proved(
        self, what: str, who: StaffMember, *, amount: Fen | None = None, given: bool = False
    ) -> StaffId:
        if self._training:  # There nobody has one.
            return who.id
        try:
            await self._pins.proved(who.id, who.name, amount=amount or Fen(0), given=given)
        except PinRefused as refusal:
            log.warning("refused: what=%s by=%s why=%s", what, who.id, told(refusal))
            raise
        return who.id
