"""Requests that cannot be read: of whoever sends too many none is read for a while.

A machine of ours is counted by its certificate, everybody else by their address: who sends nonsense from the
network of a shop does not shut that shop's terminals out.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from hq.admission import presented_by
from hq.refusal import RequestRefused
from terminal.core.wire.problem import ProblemCode
from terminal.runtime.knocks import Knocks

AT_ONCE, EVERY_MS = 100, 1_000
_COUNTED: Final = frozenset({ProblemCode.MALFORMED, ProblemCode.TOO_LARGE, ProblemCode.SLOW})


class Unreadable:
    def __init__(self, knocks: Knocks) -> None:
        self._knocks = knocks

    def check(self, request: web.Request) -> None:
        """Raises RequestRefused: they have sent too many."""
        if self._knocks.spent(_sender(request)):
            raise RequestRefused(ProblemCode.TOO_MANY, "too much that cannot be read: wait a minute")

    def note(self, request: web.Request, code: ProblemCode) -> None:
        """It was refused so."""
        if code in _COUNTED:
            self._knocks.allowed(_sender(request))


def _sender(request: web.Request) -> str:
    who = presented_by(request.get_extra_info("peercert"))
    return f"{who.merchant}:{who.serial}" if who else request.remote or ""
