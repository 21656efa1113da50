"""The door to headquarters as this terminal has it: credentials, enrolling, what keeps both in order.

Also the command `terminal enrol`, which asks the terminal that runs, or opens the ledger itself.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.core.values import Value
from terminal.maintenance.facts import EnrolmentFacts
from terminal.runtime.address import unfit
from terminal.uplink import credentials as kept
from terminal.uplink.courier import HttpsCourier
from terminal.uplink.credentials import Credentials
from terminal.uplink.enrolling import Applicant, Enrolling, NotEnrolled
from terminal.uplink.standing import Standing

if TYPE_CHECKING:
    from terminal.config import File
    from terminal.store.ledger import Ledger

ENROL_S = 60.0


class Outcome(Value, frozen=True, kw_only=True):
    """Of `terminal enrol`."""

    terminal: str = ""
    """As which one this machine is known now; empty: it did not work."""
    why: str = ""


class Door:
    def __init__(
        self,
        file: File,
        ledger: Ledger,
        *,
        hq_ms: Callable[[], int],
        on_enrolled: Callable[[], None] = lambda: None,
    ) -> None:
        """`hq_ms`: the time at headquarters, as far as we know it."""
        here, self._settings = file.terminal, file.headquarters
        path = file.ledger.path
        self._on_enrolled = on_enrolled
        self._credentials = Credentials(
            credentials_path(path), ledger.site_key.sign, lambda: ledger.link.standing().keys
        )
        applicant = Applicant(
            merchant=here.merchant, site=here.site_id, terminal=here.terminal_id, instance=ledger.instance
        )
        made = path.with_suffix(".enrolling")
        self._enrolling = Enrolling(applicant, self._credentials, ledger.token_keys, made)
        self.standing = Standing(
            self._settings,
            applicant=applicant,
            credentials=self._credentials,
            enrolling=self._enrolling,
            courier=self.courier(),
            hq_ms=hq_ms,
            random=os.urandom,
        )

    @property
    def url(self) -> str:
        """Of headquarters; empty where there is none."""
        enrolment = self._credentials.kept
        return self._settings.url or (enrolment.url if enrolment else "")

    def courier(self) -> HttpsCourier:
        return HttpsCourier(lambda: self.url, self._credentials, deadline_s=self._settings.deadline_s)

    def code_keys(self) -> frozenset[bytes]:
        """What signs members' codes."""
        return self._credentials.code_keys

    def box_key(self) -> bytes | None:
        """The private half of what headquarters seals to this site; None before it is enrolled."""
        enrolment = self._credentials.kept
        return enrolment.box_key if enrolment else None

    def hq_box_key(self) -> bytes | None:
        enrolment = self._credentials.kept
        return enrolment.hq_box_key if enrolment else None

    def facts(self) -> EnrolmentFacts:
        return facts_of(self._credentials.kept, self._credentials.fault or self.standing.why)

    async def enrolled_by(self, said: tuple[str, ...]) -> Outcome:
        """`said`: the code and, unless the configuration has it, where headquarters is."""
        code, url = (*said, "", "")[:2]
        url = url or self.url
        if not url:
            return Outcome(why="say where headquarters is: --url https://...")
        if why := unfit(url):
            return Outcome(why=f"--url {why}")
        try:
            enrolment = await self._enrolling.by(code, url)
        except NotEnrolled as fault:
            return Outcome(why=str(fault))
        self._on_enrolled()
        return Outcome(terminal=_called(enrolment))


def credentials_path(ledger: Path) -> Path:
    return ledger.with_suffix(".hq")


def facts_of(enrolment: kept.Enrolment | None, why: str = "") -> EnrolmentFacts:
    if enrolment is None:
        return EnrolmentFacts(why=why)
    return EnrolmentFacts(
        terminal=_called(enrolment), since_ms=enrolment.since_ms, until_ms=enrolment.until_ms, why=why
    )


def _called(enrolment: kept.Enrolment) -> str:
    return f"{enrolment.merchant}/{enrolment.site}/{enrolment.terminal}"


def enrol(config: Path, code: str, url: str) -> int:
    """`terminal enrol CODE [--url URL]`. Exit 1 when it did not work. Raises BadConfig."""
    from terminal.config import load_in_place  # noqa: PLC0415  the running terminal has it already
    from terminal.maintenance.socket import NotAllowed, Silent, Unanswered, asked  # noqa: PLC0415

    file = load_in_place(config).file
    try:
        outcome = asked(file.terminal.socket, "enrol", Outcome, code, url, within_s=ENROL_S)
    except (NotAllowed, Silent) as refused:
        outcome = Outcome(why=str(refused))
    except Unanswered:
        outcome = asyncio.run(_alone(file, code, url))
    if outcome.why:
        sys.stderr.write(f"not enrolled: {outcome.why}\n")
        return 1
    sys.stdout.write(f"enrolled as {outcome.terminal}\n")
    return 0


async def _alone(file: File, code: str, url: str) -> Outcome:
    """While no terminal runs."""
    from terminal.core.errors import TerminalFault  # noqa: PLC0415
    from terminal.core.wire.enrol import read_code  # noqa: PLC0415
    from terminal.runtime.clock import SystemClock  # noqa: PLC0415
    from terminal.runtime.ids import Uuid7  # noqa: PLC0415
    from terminal.store.ledger import open_ledger  # noqa: PLC0415

    clock = SystemClock()
    try:
        read_code(code)  # Before a ledger is opened, which may begin or change by that.
    except ValueError as fault:
        return Outcome(why=str(fault))
    try:
        ledger = await open_ledger(
            file.ledger, site=file.terminal.site_id, clock=clock, ids=Uuid7(clock, os.urandom)
        )
    except TerminalFault as fault:
        return Outcome(why=f"{fault.code} {fault}")
    try:
        return await Door(file, ledger, hq_ms=clock.wall_ms).enrolled_by((code, url))
    finally:
        await ledger.close()
