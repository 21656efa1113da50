"""One question to headquarters as this site, and its answer as a value, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from terminal.core.site import SiteLedger
from terminal.core.values import SiteId, Value
from terminal.core.wire.forms import ANSWER_BYTES_MAX, UNREADABLE
from terminal.core.wire.link import LinkTrouble
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.uplink.courier import Courier, Unreachable

_FRESH_BYTES = 16
_OK = 200
_FAULTS = 500
"""From this status on it is the server's own fault."""
_CROWDED = 429
_CODES = frozenset(ProblemCode)
_problem = msgspec.json.Decoder(Problem)
_Told = TypeVar("_Told")


class NotTheSite(Unreachable):
    """Headquarters believes another machine of this site, until a person decides."""


class Who(Value, frozen=True, kw_only=True):
    """What every question begins with."""

    merchant: str
    site: SiteId
    instance: str


def fresh_word(random: Callable[[int], bytes]) -> str:
    """For a question whose answer ages: see `core.wire.forms.Fresh`."""
    return random(_FRESH_BYTES).hex()


class Talk:
    def __init__(self, courier: Courier, who: Who, ledger: SiteLedger) -> None:
        self._courier = courier
        self._ledger = ledger
        self.who = who

    @property
    def hq_epoch(self) -> int:
        return self._ledger.standing().hq_epoch

    async def ask(
        self,
        path: str,
        question: object,
        answer: msgspec.json.Decoder[_Told],
        *,
        bytes_max: int = ANSWER_BYTES_MAX,
        wait_s: float = 0.0,
    ) -> _Told:
        """Raises Unreachable, and NotTheSite."""
        body = await self.bytes(path, question, bytes_max=bytes_max, wait_s=wait_s)
        try:
            return answer.decode(body)
        except UNREADABLE as fault:
            why = "what answered is not headquarters, or speaks another version"
            raise Unreachable(why, LinkTrouble.UNREADABLE) from fault

    async def bytes(
        self, path: str, question: object, *, bytes_max: int = ANSWER_BYTES_MAX, wait_s: float = 0.0
    ) -> bytes:
        """An answer that is no JSON of ours. Raises the same."""
        asked = msgspec.json.encode(question)
        reply = await self._courier.ask(path, asked, bytes_max=bytes_max, wait_s=wait_s)
        if reply.status == _OK:
            return reply.body
        code = _code(reply.body)
        why = f"answered {reply.status} {code}".rstrip()
        if code == ProblemCode.INSTANCE:
            raise NotTheSite(why, LinkTrouble.REFUSED)
        failing = reply.status >= _FAULTS or reply.status == _CROWDED
        raise Unreachable(why, LinkTrouble.FAILING if failing else LinkTrouble.REFUSED)

    async def close(self) -> None:
        await self._courier.close()


def _code(body: bytes) -> str:
    """The code that headquarters gives. Its words stay there: nobody knows what they hold."""
    try:
        problem = _problem.decode(body)
    except UNREADABLE:
        return ""
    return problem.code if problem.code in _CODES else ""
