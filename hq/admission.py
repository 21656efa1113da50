"""Whether a client certificate lets its holder in: asked of the database for every request.

Nothing is remembered between requests, so that a revoked machine is out at its next one, on whatever
connection. What comes in while a question is under way shares the next: one statement, however many ask.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, NoReturn

from hq.door import DoorStore, Machine
from hq.refusal import RequestRefused
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.core.wire.problem import ProblemCode

_ORGANISATION, _UNIT, _NAME = "organizationName", "organizationalUnitName", "commonName"


class Presented(Value, frozen=True, kw_only=True):
    """What TLS has found: a certificate of our authority, valid when the connection was made."""

    merchant: str
    site: str
    terminal: str
    serial: str
    until_ms: int


class Admission:
    """`run` must run while requests are answered."""

    def __init__(self, store: DoorStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[str, dict[str, asyncio.Future[Machine | None]]] = {}
        """By merchant and serial; those that no statement has taken along yet."""
        self._asked = asyncio.Event()

    async def machine(self, presented: Presented | None) -> Machine:
        """Raises RequestRefused."""
        if presented is None:
            raise RequestRefused(ProblemCode.CERTIFICATE, "this call needs a client certificate")
        waiting = self._waiting.setdefault(presented.merchant, {})
        answer = waiting.get(presented.serial)
        if answer is None:
            answer = waiting[presented.serial] = asyncio.get_running_loop().create_future()
        self._asked.set()
        machine = await asyncio.shield(answer)  # Somebody else may wait for it too.
        if machine is None or (machine.site, machine.terminal) != (presented.site, presented.terminal):
            raise RequestRefused(ProblemCode.CERTIFICATE, "the client certificate is not known")
        if machine.revoked_ms is not None:
            raise RequestRefused(ProblemCode.CERTIFICATE, "this machine was shut out")
        if self._clock.wall_ms() > presented.until_ms:  # TLS looks once; a connection may be kept for long.
            raise RequestRefused(ProblemCode.CERTIFICATE, "the client certificate has expired")
        return machine

    async def run(self) -> NoReturn:
        while True:
            await self._asked.wait()
            self._asked.clear()
            taken, self._waiting = self._waiting, {}
            await asyncio.gather(*(self._answer(merchant, asked) for merchant, asked in taken.items()))

    async def _answer(self, merchant: str, asked: Mapping[str, asyncio.Future[Machine | None]]) -> None:
        try:
            found = await self._store.machines(merchant, list(asked))
        except Exception as fault:  # noqa: BLE001  whoever asked learns it, and the next are asked for
            for answer in asked.values():
                answer.set_exception(fault)
                answer.exception()  # Whoever asked may be gone.
            return
        for serial, answer in asked.items():
            answer.set_result(found.get(serial))


def presented_by(peer: Mapping[str, Any] | None) -> Presented | None:
    """From what `ssl.SSLSocket.getpeercert` tells of a certificate that was verified; None without one."""
    if not peer:
        return None
    subject = dict(pair for name in peer["subject"] for pair in name)
    serial = f"{int(peer['serialNumber'], 16):x}"
    merchant, site, terminal = (str(subject.get(name, "")) for name in (_ORGANISATION, _UNIT, _NAME))
    until_ms = int(ssl.cert_time_to_seconds(peer["notAfter"])) * 1000
    return Presented(merchant=merchant, site=site, terminal=terminal, serial=serial, until_ms=until_ms)
