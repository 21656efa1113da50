"""`terminal ledger secret` and `secret-back`: what opens the backups, to the owner's safe and back."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from pathlib import Path

from terminal.config import Settings, built_printer, load_in_place
from terminal.core.errors import LedgerClosed, LedgerDamaged, PrinterFault
from terminal.core.receipts import Page, PageCode, PageLine
from terminal.core.receipts.legible import legible, wrapped
from terminal.drivers.codecs.escpos import Profile, encoded
from terminal.runtime.clock import SystemClock
from terminal.runtime.disks import Disks
from terminal.runtime.durable import sync_folder
from terminal.store.backup import MANIFEST, BackupRefused, check_place, secret_of
from terminal.store.secret_copy import NoCode, code_of, is_kept, note_taken, put_back, secret_in

_FILE_BYTES_MAX = 16 << 10
_HEAD = "SECRET of {}"
_KEEP = "For the owner's safe, apart from the backups: with both, anybody reads names and phones."
_BACK = "Back onto a new disk: sudo terminal ledger secret-back -"
_IS_BACK = "The secret is back. Now the backup: sudo terminal menu, 7, 3"


def take(config: Path, folder: Path | None, *, same_disk: bool = False, disks: Disks | None = None) -> int:
    """Into a new file in that folder, or on the receipt printer where there is none given.

    Exit 1: it was not taken. Raises BadConfig.
    """
    settings = load_in_place(config)
    ledger = settings.file.ledger.path
    here = f"{settings.file.terminal.site}/{settings.file.terminal.id}"
    try:
        kept = secret_of(ledger).path.read_bytes()
        if folder is None:
            done = _on_paper(settings, here, code_of(kept))
        else:
            check_place(ledger, folder, disks or Disks(), same_disk=same_disk)
            done = f"{_written(folder, settings.file.terminal.site, here, code_of(kept))}: written"
        note_taken(ledger, kept)
    except (BackupRefused, LedgerDamaged, PrinterFault) as refused:
        return _failed(f"the secret was not taken: {refused}")
    except OSError as fault:
        return _failed(f"the secret was not taken: {fault.filename}: {fault.strerror}")
    sys.stdout.write(f"{done}\n{_KEEP}\n")
    return 0


def back(config: Path, file: Path, *, over_whole: bool) -> int:
    """From that file; `-` is what is keyed. Exit 1: nothing was put back. Raises BadConfig."""
    ledger = load_in_place(config).file.ledger.path
    try:
        aside = put_back(ledger, _read(file), over_whole=over_whole)
    except (BackupRefused, LedgerClosed, LedgerDamaged) as refused:
        return _failed(f"the secret was not put back: {refused}")
    except OSError as fault:
        return _failed(f"the secret was not put back: {fault.filename}: {fault.strerror}")
    beside = [] if aside is None else [f"{aside}: the one that was there"]
    sys.stdout.write("\n".join([*beside, _IS_BACK, ""]))
    return 0


def _read(file: Path) -> bytes:
    """A copy of the file itself is as good as its code. Raises NoCode, OSError."""
    if str(file) == "-":
        return secret_in(_keyed())
    with file.open("rb") as read:
        data = read.read(_FILE_BYTES_MAX)
    try:
        return secret_in(data.decode("ascii"))
    except UnicodeDecodeError:
        if not is_kept(data):
            raise NoCode(f"{file}: is no copy of a secret") from None
        return data


def _keyed() -> str:
    """Line by line, without showing it; the QR code brings all on one."""
    if not sys.stdin.isatty():
        return sys.stdin.read(_FILE_BYTES_MAX)
    lines: list[str] = []
    while line := getpass.getpass(f"Line {len(lines) + 1} of the code (Enter alone: that was all): "):
        lines.append(line)
    return "\n".join(lines)


def _written(folder: Path, site: str, here: str, code: list[str]) -> Path:
    """Raises BackupRefused, OSError."""
    if (folder / MANIFEST).exists() or any(folder.glob(f"*/{MANIFEST}")):
        raise BackupRefused(f"{folder}: backups are there, and whoever finds both reads names and phones")
    path = folder / f"secret-{site}.txt"
    text = "\n".join((f"# {_HEAD.format(here)}", f"# {_KEEP}", f"# {_BACK[:-1]}FILE", *code, ""))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return path


def _on_paper(settings: Settings, here: str, code: list[str]) -> str:
    """Raises PrinterFault: part of it may be on paper, or none."""
    device = settings.printer
    if device is None:
        raise PrinterFault("no printer is configured", sent=False)
    printer = built_printer(device, SystemClock())
    profile: Profile = getattr(printer, "profile", Profile())
    page = ticket(here, code, columns=profile.columns)

    async def printed() -> str:
        await printer.print(encoded(page, profile))
        return await printer.status()

    return f"{device.name}: printed; {asyncio.run(printed())}"


def ticket(here: str, code: list[str], *, columns: int) -> Page:
    """English, as the status ticket. Its QR code says all lines."""

    def text(said: str) -> list[PageLine]:
        return [PageLine(left=line) for line in wrapped(legible(said), columns)]

    return Page(
        language="en",
        columns=columns,
        lines=(
            PageLine(left=_HEAD.format(here)[:columns], centred=True, bold=True),
            *text(_KEEP),
            PageLine(rule=True),
            *(PageLine(left=line, bold=True) for line in code),
            PageCode(text=" ".join(code)),
            PageLine(rule=True),
            *text(_BACK),
        ),
    )


def _failed(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1
