"""`terminal enrol-handheld`, `handhelds` and `revoke-handheld`: which handhelds may be a till."""

from __future__ import annotations

import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography.x509 import random_serial_number

from terminal.config import File, load_in_place
from terminal.kiosk.handhelds import Handhelds, Made, NotEnrolled, beside
from terminal.known_time import NotBelieved
from terminal.known_time import now_ms as time_known

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that look alike."""
_MS_PER_S = 1_000
_GROUPS, _IN_GROUP = 4, 5
"""99 bits."""


def enrol(config: Path, name: str, to: Path | None, *, vouched: bool = False) -> int:
    """Exit 0 with a file for the handheld and its passphrase, once; 1 where it cannot be made.

    `vouched`: also by a clock that is not believed. From another time it would be let in late, or never.
    """
    file = load_in_place(config).file
    to = to or Path(f"{name}.p12")
    passphrase = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_IN_GROUP)) for _ in range(_GROUPS))
    handhelds, serial = beside(file.ledger.path), random_serial_number() >> 1
    try:
        now_ms = time_known(file.terminal.socket, vouched=vouched)
        made = _made(handhelds, name, file, passphrase, serial, to, now_ms)
    except (NotBelieved, NotEnrolled, ValueError) as why:
        sys.stderr.write(f"{why}\n")
        return 1
    except OSError as fault:
        sys.stderr.write(f"{fault.filename}: {fault.strerror}\n")
        return 1
    _told(made, to, passphrase, file)
    return 0


def _made(  # noqa: PLR0913, PLR0917  whose it is, and what is passed in
    handhelds: Handhelds, name: str, file: File, passphrase: str, serial: int, to: Path, now_ms: int
) -> Made:
    """A handheld whose file cannot be written is not let in. Raises what `Handhelds.enrol` does."""
    if to.exists():
        raise NotEnrolled(f"{to}: is there already")
    made = handhelds.enrol(name, file.terminal.site_id, passphrase, serial=serial, now_ms=now_ms)
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as written:
            written.write(made.p12)
    except OSError:
        handhelds.revoke(name)
        raise
    return made


def _told(made: Made, to: Path, passphrase: str, file: File) -> None:
    import segno  # noqa: PLC0415  only here

    page = file.till_page
    host = f"[{page.address}]" if ":" in page.address else page.address
    sys.stdout.write(f"file         {to}\npassphrase   {passphrase}   (shown once)\n")
    sys.stdout.write(f"handheld     {_spaced(made.fingerprint)}\nthis box     {_spaced(made.authority)}\n")
    if not page.address:
        sys.stdout.write("no [till_page] is configured yet: no handheld comes in before\n")
        return
    where = f"https://{host}:{page.port}/"
    sys.stdout.write(f"page         {where}\n")
    # What a scanner shows of it is compared with what the handheld says of the certificate.
    segno.make(f"{where}#{made.authority}", micro=False).terminal(out=sys.stdout, compact=True)


def show(config: Path) -> int:
    """Exit 0 with a line of each: name, fingerprint, until which day; 1 where they cannot be read."""
    try:
        handhelds = beside(load_in_place(config).file.ledger.path)
        known, until = handhelds.enrolled(), handhelds.until()
    except OSError as fault:
        sys.stderr.write(f"{fault.filename}: {fault.strerror}\n")
        return 1
    for fingerprint, name in sorted(known.items(), key=lambda one: one[1]):
        ends = datetime.fromtimestamp(until.get(name, 0) // _MS_PER_S, UTC).date()
        sys.stdout.write(f"{name}  {_spaced(fingerprint)}  until {ends}\n")
    return 0


def revoke(config: Path, name: str) -> int:
    """Exit 0 once it is refused; 1 where there is none of that name, or it cannot be."""
    try:
        gone = beside(load_in_place(config).file.ledger.path).revoke(name)
    except OSError as fault:
        sys.stderr.write(f"{fault.filename}: {fault.strerror}\n")
        return 1
    if not gone:
        sys.stderr.write(f"there is no handheld {name}: see terminal handhelds\n")
        return 1
    sys.stdout.write(f"{name} is refused from now on\n")
    return 0


def _spaced(fingerprint: str) -> str:
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))
