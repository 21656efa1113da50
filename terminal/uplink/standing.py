"""Keeps this machine enrolled: by the code in the configuration at first, then by renewing in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

import msgspec

from terminal.core.wire.enrol import RENEW_PATH, Renew, Renewed
from terminal.core.wire.forms import UNREADABLE
from terminal.uplink.backoff import Backoff
from terminal.uplink.courier import Courier, Unreachable
from terminal.uplink.credentials import Credentials, Enrolment
from terminal.uplink.enrolling import Applicant, Enrolling, NotEnrolled, life_of, new_request
from terminal.uplink.settings import Settings

log = logging.getLogger(__name__)

LOOK_S = 3_600.0
"""A certificate lasts for months; hours do not matter."""
_OK = 200
_renewed = msgspec.json.Decoder(Renewed)


class Standing:
    """Give it to a supervisor: `run` never returns."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        settings: Settings,
        *,
        applicant: Applicant,
        credentials: Credentials,
        enrolling: Enrolling,
        courier: Courier,
        hq_ms: Callable[[], int],
        random: Callable[[int], bytes],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`hq_ms`: the time at headquarters, as far as we know it."""
        self._settings = settings
        self._applicant = applicant
        self._credentials = credentials
        self._enrolling = enrolling
        self._courier = courier
        self._hq_ms = hq_ms
        self._sleep = sleep
        self._backoff = Backoff(random, longest_s=settings.retry_s_max)
        self.why = ""
        """What is in the way of enrolling or renewing, for the technician."""

    async def run(self) -> NoReturn:
        try:
            while True:
                await self._sleep(await self._looked())
        finally:
            await self._courier.close()

    async def _looked(self) -> float:
        """How long until it is worth looking again, in s."""
        enrolment = self._credentials.kept
        try:
            if enrolment is None and self._settings.code:
                await self._enrolling.by(self._settings.code, self._settings.url)
                log.info("enrolled at %s", self._settings.url)
            elif enrolment is not None and renewal_due(enrolment, self._hq_ms()):
                await self._renew(enrolment)
                log.info("the certificate was renewed")
        except NotEnrolled as fault:
            self._say(str(fault))
            return self._backoff.next_s() if fault.again else LOOK_S
        except Unreachable as fault:
            self._say(str(fault))
            return self._backoff.next_s()
        self.why = ""
        self._backoff.reset()
        return LOOK_S

    def _say(self, why: str) -> None:
        if why != self.why:
            log.warning("not enrolled, or not renewed: %s", why)
        self.why = why

    async def _renew(self, enrolment: Enrolment) -> None:
        """A new key each time. Raises Unreachable, NotEnrolled."""
        key, request = await asyncio.to_thread(new_request)
        here = self._applicant
        question = Renew(merchant=here.merchant, site=here.site, instance=here.instance, request=request)
        reply = await self._courier.ask(RENEW_PATH, msgspec.json.encode(question))
        if reply.status != _OK:
            raise Unreachable(f"renewing was answered {reply.status}")
        try:
            renewed = _renewed.decode(reply.body)
        except UNREADABLE as fault:
            raise Unreachable("what answered is not headquarters, or speaks another version") from fault
        since_ms, until_ms = life_of(renewed.certificate, key)
        fresh = msgspec.structs.replace(
            enrolment,
            certificate=renewed.certificate,
            tls_key=key,
            authority=renewed.authority,
            since_ms=since_ms,
            until_ms=until_ms,
        )
        await asyncio.to_thread(self._credentials.keep, fresh)


def renewal_due(enrolment: Enrolment, now_ms: int) -> bool:
    """In the last third of its life."""
    return now_ms > enrolment.until_ms - (enrolment.until_ms - enrolment.since_ms) // 3
