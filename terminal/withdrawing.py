"""`terminal withdraw`: coupons that are held at this site end before their time, by a manager's word.

By their ids, or all of a kind; one entry each. Cut short, it is begun again, and goes on with what is left.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from terminal.config import load
from terminal.core.commands import BookWithdrawal
from terminal.core.errors import Refused, TerminalFault
from terminal.core.ledger.withdrawals import WHY_CHARS_MAX
from terminal.core.pin import Pins
from terminal.core.ports import Books, Committer
from terminal.core.staff import Role, highest, reaches
from terminal.core.values import StaffId, Value
from terminal.maintenance.socket import Unanswered, asked
from terminal.runtime.log import legible, told

if TYPE_CHECKING:
    from terminal.core.ledger.state import State
    from terminal.desk.counter import Counter
    from terminal.desk.settings import StaffMember

COUPONS_MAX: Final = 10
"""Named in one command: what is asked of the terminal is one short line."""
_AT_ONCE = 128
"""They share a commit, and another counter waits no longer than that takes."""
_ANSWER_S = 900.0


class Ended(Value, frozen=True, kw_only=True):
    coupons: int = 0
    left: int = 0
    """Not held here by then."""
    used: int = 0
    """Of that kind, used before: they come back with no refund."""
    why: str = ""
    """Why nothing more was done."""


class Withdrawing:
    """The terminal's end."""

    def __init__(self, counter: Counter, committer: Committer, books: Books, pins: Pins) -> None:
        self._counter = counter
        self._committer = committer
        self._books = books
        self._pins = pins

    async def answer(self, said: Sequence[str]) -> Ended:
        """`said`: who, their PIN, why, the kind or nothing, then coupons."""
        by, pin, why, kind, *coupons = said
        try:
            if trouble := await self._may(StaffId(by), pin):
                return Ended(why=trouble)
            found = await self._books.coupons_of(kind) if kind else coupons
            ended = await self._ended(StaffId(by), why, found)
            if not kind or ended.why or not await self._committer.ask(_alone):
                return ended
            gone = await self._ended(StaffId(by), why, await self._books.coupons_gone(kind))
            return replace(ended, used=gone.coupons, why=gone.why)
        except TerminalFault as fault:
            return Ended(why=told(fault))

    async def _may(self, who: StaffId, pin: str) -> str:
        """Why not; empty: they may. Raises PinRefused."""
        staff: Sequence[StaffMember] = self._counter.staff
        known = next((one for one in staff if one.id == who), None)
        if known is None or not reaches(known.role, _asked_of([one.role for one in staff])):
            return "that is nobody who may: the highest of the shop signs, a manager where there is one"
        given = await self._pins.check_staff(who, pin)
        return "they choose a PIN of their own first, at the counter" if given else ""

    async def _ended(self, by: StaffId, why: str, coupons: Sequence[str]) -> Ended:
        done = left = 0
        for first in range(0, len(coupons), _AT_ONCE):
            some = coupons[first : first + _AT_ONCE]
            at = self._counter.occasion(by)
            ends = await self._committer.submit_all(
                [
                    (BookWithdrawal(id=self._counter.new_id(), at=at, coupon=one, why=why), None)
                    for one in some
                ]
            )
            for end in ends:
                if isinstance(end, BaseException) and not isinstance(end, Refused):
                    return Ended(coupons=done, left=left, why=told(end))
                left += isinstance(end, Refused)
                done += not isinstance(end, Refused)
        return Ended(coupons=done, left=left)


def _alone(state: State) -> bool:
    """Nobody else ends anew what comes back."""
    return state.alone()


def _asked_of(roles: Collection[Role]) -> Role:
    return highest([role for role in roles if role is not Role.TECHNICIAN]) or Role.MANAGER


def run(config: Path, by: str, why: str, kind: str, coupons: Sequence[str]) -> int:
    """Exit 0: all of them; 1: not, and why; 2: that is no command. Raises BadConfig."""
    if bool(kind) == bool(coupons) or len(coupons) > COUPONS_MAX:
        return _failed(f"name up to {COUPONS_MAX} coupons, or --kind", 2)
    if not 1 <= len(why.strip()) <= WHY_CHARS_MAX:
        return _failed(f"say why, in at most {WHY_CHARS_MAX} characters", 2)
    path = load(config).file.terminal.socket
    pin = getpass.getpass(f"PIN of {legible(by)}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    try:
        answer = asked(path, "withdraw", Ended, by, pin, why, kind, *coupons, within_s=_ANSWER_S)
    except Unanswered as fault:
        return _failed(f"the terminal must run: {fault}")
    left = f"; {answer.left} are not held here: used, over, or at another shop" if answer.left else ""
    used = f"; {answer.used} that were used come back no more" if answer.used else ""
    sys.stdout.write(f"{answer.coupons} withdrawn{left}{used}\n")
    if answer.why:
        return _failed(answer.why)
    return 1 if answer.left and not kind else 0


def _failed(why: str, code: int = 1) -> int:
    sys.stderr.write(f"{legible(why)}\n")
    return code
