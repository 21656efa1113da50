"""`terminal ledger backup`, `restore`, `adopt` and `export`: what leaves the ledger, and comes back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from terminal.config import load_in_place
from terminal.core.errors import LedgerClosed, LedgerHeld, TerminalFault
from terminal.core.money import plain
from terminal.core.units import with_sign
from terminal.core.values import WalletId
from terminal.maintenance.doctor_backups import NOT_TAKEN, TAKE
from terminal.runtime.clock import SystemClock
from terminal.runtime.disks import Disks
from terminal.runtime.durable import not_mounted
from terminal.runtime.other_user import kept_out
from terminal.salvaged import UNKNOWN, salvaged
from terminal.store import adopt as adopting
from terminal.store import restore as restoring
from terminal.store.backup import BackupRefused, SecretLacking, back_up, check_place
from terminal.store.backup_record import Try
from terminal.store.export import NotExported, export_company, export_coupons, export_period, export_statement
from terminal.store.file import Lock
from terminal.store.secret_copy import PUT_BACK, taken

_BAD_COMMAND = 2


def backup(config: Path, folder: Path, *, same_disk: bool, disks: Disks | None = None) -> int:
    """Beside the running terminal, or without it. Exit 1 when there is no new backup. Raises BadConfig.

    By root it is said, too, where the terminal's user could not have made it, as each night's must be.

    `same_disk`: it may lie on the disk of the ledger, which is said. `disks`: None for this machine's.
    """
    ledger, clock = load_in_place(config).file.ledger.path, SystemClock()
    if not ledger.is_file():
        return _failed(f"no backup was made: {ledger}: there is no ledger yet")
    tried = Try(ledger, clock)
    try:
        beside = check_place(ledger, folder, disks or Disks(), same_disk=same_disk)
        with _kept_in_place(ledger):
            made = back_up(ledger, folder, clock=clock)
    except (BackupRefused, LedgerClosed) as refused:
        tried.failed(str(refused))
        return _failed(f"no backup was made: {refused}")
    tried.done(folder.absolute(), same_disk=beside)
    outlived = "; on the disk of the ledger, so it outlives no disk" if beside else ""
    sys.stdout.write(f"{made}: written and verified{outlived}\n")
    if taken(ledger) is False:
        sys.stdout.write(f"{NOT_TAKEN}\n{TAKE}\n")
    with suppress(OSError):  # It is made, whoever may make the next.
        if user := kept_out(folder.absolute(), ledger.absolute().parent):
            sys.stdout.write(
                f"{folder.absolute()}: {user} cannot write there, so a nightly backup to it fails: sudo chown"
                f" {user}: {folder.absolute()} (FAT: mount it with uid={user})\n"
            )
    return 0


def restore(config: Path, folder: Path, *, over_whole: bool, ledger: Path | None = None) -> int:
    """Exit 1 when nothing was restored. Raises BadConfig.

    `ledger`: into that file; of the configuration only site and second copy are needed then.
    """
    if ledger is None:
        settings = load_in_place(config).file
        ledger = settings.ledger.path
    else:
        read = salvaged(config)
        settings = read.settings.file
        if why := not_mounted(ledger) or (
            settings.terminal.site == UNKNOWN and "terminal.site cannot be read"
        ):
            return _failed(f"nothing was restored: {why}")
        if read.problems and settings.ledger.second is None:
            sys.stdout.write("no second copy was looked for: the configuration cannot be used as it is\n")
    try:
        done = restoring.restore(
            folder,
            ledger,
            site=settings.terminal.site_id,
            over_whole=over_whole,
            second=settings.ledger.second,
        )
    except SecretLacking as refused:
        return _failed(f"nothing was restored: {refused}\n{PUT_BACK}")
    except (BackupRefused, LedgerClosed) as refused:
        return _failed(f"nothing was restored: {refused}")
    sys.stdout.write(f"{done.backup}: {done.seq} entries restored, epoch {done.epoch} begins\n")
    if done.back:
        sys.stdout.write(f"{settings.ledger.second}: {done.back} of them from the second copy\n")
    if done.nameless:
        sys.stdout.write(
            f"{done.nameless} of them came without cards, phones and names: their value is there\n"
        )
    if done.why:
        sys.stdout.write(f"{settings.ledger.second}: the rest stays there: {done.why}\n")
    if done.aside:
        only = "it cannot be read" if done.lost is None else f"{done.lost} entries are only in it"
        sys.stdout.write(f"{done.aside}: the ledger that was there; {only}\n")
    return 0


def adopt(config: Path, file: Path) -> int:
    """Exit 1 when not all of it is here now. Raises BadConfig."""
    settings = load_in_place(config).file
    try:
        done = adopting.adopt(file, settings.ledger.path, site=settings.terminal.site_id)
    except TerminalFault as refused:
        return _failed(f"not all of it was adopted: {refused}")
    sys.stdout.write(f"{file}: {done.again} of {done.entries} entries booked here under their own numbers\n")
    if done.again:
        sys.stdout.write("cards, phones and names are in no journal: headquarters tells them when asked\n")
    return 0


def export(
    config: Path,
    target: Path,
    *,
    days: tuple[str | None, str | None],
    wallet: str | None,
    coupons: bool = False,
) -> int:
    """Exit 1 when no file was written. Raises BadConfig."""
    first, last = days[0] or "", days[1] or days[0] or ""
    if wallet is not None and coupons:
        return _failed("--coupons goes with --from", _BAD_COMMAND)
    if wallet is not None and last:
        return _failed("--to goes with --from", _BAD_COMMAND)
    if wallet is None and not (_is_day(first) and _is_day(last) and first <= last):
        return _failed("--from and --to take days in order, such as 2026-11-24", _BAD_COMMAND)
    ledger = load_in_place(config).file.ledger.path
    try:
        with _kept_in_place(ledger):
            if wallet is not None:
                count = export_statement(ledger, WalletId(wallet), target)
            elif coupons:
                count = export_coupons(ledger, first, last, target)
            else:
                count = export_period(ledger, first, last, target)
    except (NotExported, LedgerClosed) as refused:
        return _failed(f"nothing was exported: {refused}")
    sys.stdout.write(f"{target}: {count} {'coupons' if coupons else 'postings'}\n")
    return 0


def statement(config: Path, target: Path, company: str, days: tuple[str | None, str | None]) -> int:
    """What each card of a company took, also in short for whoever reads it at once.

    Exit 1 when no file was written. Raises BadConfig.
    """
    first, last = days[0] or "", days[1] or days[0] or ""
    if not (_is_day(first) and _is_day(last) and first <= last):
        return _failed("--from and --to take days in order, such as 2026-11-24", _BAD_COMMAND)
    settings = load_in_place(config)
    ledger = settings.file.ledger.path
    known = next((one for one in settings.file.policy.companies if one.company == company), None)
    plates = {card.card: card.plate for card in known.cards} if known else {}
    try:
        with _kept_in_place(ledger):
            sums = export_company(ledger, company, (first, last), plates, target)
    except (NotExported, LedgerClosed) as refused:
        return _failed(f"nothing was exported: {refused}")
    sys.stdout.write(f"{target}: {len([card for card in sums if card])} cards\n")
    for card, sum_ in sorted(sums.items()):
        called = " ".join(filter(None, (card or "funds", plates.get(card, ""))))
        poured = [with_sign(quantity, measured) for measured, quantity in sum_.quantities.items()]
        sys.stdout.write(f"  {called}: {', '.join((*poured, plain(sum_.fen)))}\n")
    return 0


@contextmanager
def _kept_in_place(ledger: Path) -> Iterator[None]:
    """Under the ledger's lock where it is free: nobody starts, restores or adopts meanwhile.

    Whoever has it goes on: what is read beside is one committed state (docs/decisions/0007).
    Raises LedgerClosed: what lies where the lock would is none.
    """
    lock = None
    if ledger.is_file():
        with suppress(LedgerHeld):
            lock = Lock(ledger)
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _failed(why: str, code: int = 1) -> int:
    sys.stderr.write(f"{why}\n")
    return code
