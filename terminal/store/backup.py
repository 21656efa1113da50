"""A copy of the open ledger on a stick or in a folder, verified by itself before it is called done.

A backup is a folder: `ledger.db`, `keys.sealed`, `manifest.json`. It is written whole under another name
first, so that a power cut in the middle leaves the backups before it as they were. The site's secret is not
in it: see docs/decisions. All of it blocks; nothing of it makes the ledger's writer wait.
"""

from __future__ import annotations

import hmac
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Annotated, BinaryIO
from urllib.parse import quote

import msgspec
from msgspec import Meta

from terminal.core.commands import ClockTrust
from terminal.core.errors import LedgerClosed, LedgerDamaged
from terminal.core.ports import Clock
from terminal.core.values import MemberId, SiteId, Value
from terminal.core.wire.forms import Count, HexHash, Name, Site
from terminal.runtime.disks import Disks
from terminal.runtime.durable import give_folder_to_owner, give_to_owner, lost_at_restart, sync_folder
from terminal.runtime.steps import reached
from terminal.store.checkpoints import Voucher
from terminal.store.file import connected
from terminal.store.meta import meta_of
from terminal.store.migrations import OURS
from terminal.store.queries import queries
from terminal.store.sealed import Secret
from terminal.store.unwritten import opening

log = logging.getLogger(__name__)

LEDGER, KEYS, MANIFEST = "ledger.db", "keys.sealed", "manifest.json"
KEPT_MS = 90 * 24 * 3600 * 1000
"""No older backup stays: whoever is erased is in none of them after that."""
KEPT_MAX = 14

_VERSION = 1
_STEP_PAGES = 4096
_KEYS_AT_ONCE = 1000
_CHUNK_BYTES_MAX = 1 << 20
_MANIFEST_BYTES_MAX = 64 << 10
_LENGTH_BYTES = 4
_UNFINISHED = ".unfinished-"
_BROUGHT = "brought.db"

Progress = Callable[[int, int, int], None]
"""SQLite's outcome of the step, pages left, pages in all."""


class BackupRefused(Exception):
    """It cannot be made, or what is there cannot be trusted; the text says what and why."""


class SecretLacking(BackupRefused):
    """The secret that is here is none, or another than it was made under: as on a new disk."""


class Part(Value, frozen=True, kw_only=True):
    name: Name
    size: Count
    """Bytes."""
    sha256: HexHash


class Manifest(Value, frozen=True, kw_only=True):
    """What a backup holds, and the proof that this site made it."""

    v: int
    site: Site
    instance: Name
    epoch: Count
    seq: Count
    """Of the last entry in it."""
    head: HexHash
    keys: Count
    """Members whose key is in it."""
    made_ms: Count
    parts: Annotated[tuple[Part, ...], Meta(max_length=2)]
    mac: str = ""
    """HMAC-SHA-256 under the site's secret over all the rest, in hex."""

    def sealed_bytes(self) -> bytes:
        """Canonical JSON after a prefix, so that nothing else the site says can stand for it."""
        rest = msgspec.structs.replace(self, mac="")
        return b"card-terminal backup 1\n" + msgspec.json.encode(rest, order="sorted")

    @property
    def order(self) -> tuple[int, int, int]:
        """The newest last, whatever the clock said."""
        return self.epoch, self.seq, self.made_ms


def back_up(ledger: Path, folder: Path, *, clock: Clock, progress: Progress | None = None) -> Path:
    """Makes one more backup in `folder`; returns where it lies.

    By root it belongs to whoever owns the folder, who counts it and drops it in time as their own; a folder
    that is made here to whoever owns the ledger's.

    Raises:
        BackupRefused: there is no room, nothing to copy, or what was written does not verify.
    """
    try:
        with opening(str(folder)):
            return _backed_up(ledger, folder, clock, progress)
    except (LedgerDamaged, LedgerClosed) as fault:
        raise BackupRefused(str(fault)) from fault


def _backed_up(ledger: Path, folder: Path, clock: Clock, progress: Progress | None) -> Path:
    secret = secret_of(ledger)
    if not folder.exists():
        folder.mkdir(parents=True)
        give_to_owner(folder, ledger.parent)
    _clear(folder)
    for older, _ in backups_in(folder, secret):  # Earlier versions left root's own to root.
        with suppress(OSError):  # A link, or a disk that takes nothing: that is said of the next step.
            give_folder_to_owner(older)
    fresh = folder / f"{_UNFINISHED}{clock.wall_ms()}"
    fresh.mkdir(mode=0o700)
    try:
        give_to_owner(fresh)  # Before anything is in it: whoever finds it cut off can take it away.
        manifest = _written(ledger, fresh, secret, clock.wall_ms(), progress)
        reached("backup.written")
        checked(fresh, secret)
        _walk_older(fresh, manifest, secret)
        for part in fresh.iterdir():
            give_to_owner(part)
        done = folder / _name(manifest)
        reached("backup.before_rename")
        fresh.rename(done)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    sync_folder(folder)
    reached("backup.done")
    _drop_old(folder, manifest, secret, by_age=clock.trust is not ClockTrust.UNKNOWN)
    return done


def check_place(ledger: Path, folder: Path, disks: Disks, *, same_disk: bool) -> bool:
    """Whether a backup there would be lost with the disk of the ledger, which is allowed where `same_disk`.

    A stick that is not there leaves its empty folder on the machine's own disk: nothing is made there.

    Raises:
        BackupRefused: it is not allowed, or nobody can say, or a restart ends the backup and not the ledger.
    """
    try:
        there = _nearest(folder)
        if not same_disk and disks.on_the_root(there):
            raise BackupRefused(
                f"{folder}: no disk is mounted there. Plug in the stick, sudo mount {folder}, then again."
                " Where no other disk can be had, say --same-disk"
            )
        if lost_at_restart(there, disks.mounts) and not lost_at_restart(ledger, disks.mounts):
            raise BackupRefused(f"{folder}: lies in memory, and is gone after a restart. Mount a stick there")
        one = disks.one(there, ledger)
    except OSError as fault:
        raise BackupRefused(f"{folder}: {fault.strerror}") from fault
    if not same_disk and one is None:
        raise BackupRefused(
            f"{folder}: nobody can say whether it lies on the disk of the ledger. Mount a stick there,"
            " then again. Where no other disk can be had, say --same-disk"
        )
    if not same_disk and one:
        raise BackupRefused(
            f"{folder}: lies on the disk of the ledger, and would be lost with it. Mount a stick there,"
            " then again. Where no other disk can be had, say --same-disk"
        )
    return bool(one)


def _nearest(folder: Path) -> Path:
    """It, or what is there of the way to it. Raises OSError."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    return there


def checked(backup: Path, secret: Secret) -> Manifest:
    """The manifest, once every part of the backup was read and agrees with it and with itself.

    Raises:
        BackupRefused: the first thing that does not.
    """
    try:
        with opening(str(backup)):
            manifest = manifest_of(backup, secret)
            for part in manifest.parts:
                _check_part(backup / part.name, part)
            _check_ledger(backup / LEDGER, manifest, secret)
            if (found := sum(1 for _ in member_keys(backup, manifest, secret))) != manifest.keys:
                raise BackupRefused(f"{backup / KEYS}: holds {found} keys, the manifest says {manifest.keys}")
    except (LedgerDamaged, LedgerClosed) as fault:
        raise BackupRefused(str(fault)) from fault
    return manifest


def manifest_of(backup: Path, secret: Secret) -> Manifest:
    """Raises BackupRefused when it cannot be read, or was not made under this secret; OSError."""
    where = backup / MANIFEST
    if not where.is_file():
        raise BackupRefused(f"{where}: is not there, so this is no whole backup")
    with where.open("rb") as file:
        raw = file.read(_MANIFEST_BYTES_MAX)
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
        raise BackupRefused(f"{where}: cannot be read") from fault
    if not hmac.compare_digest(secret.mac(manifest.sealed_bytes()).hex().encode(), manifest.mac.encode()):
        raise SecretLacking(f"{where}: was changed, or made under another secret than this site's")
    if manifest.v != _VERSION or [part.name for part in manifest.parts] != [LEDGER, KEYS]:
        raise BackupRefused(f"{where}: is of form {manifest.v}, and {_VERSION} is known here")
    return manifest


def member_keys(backup: Path, manifest: Manifest, secret: Secret) -> Iterator[tuple[MemberId, bytes]]:
    """Members and their wrapped keys. Raises LedgerDamaged; OSError."""
    with (backup / KEYS).open("rb") as file:
        number = 0
        while length := int.from_bytes(file.read(_LENGTH_BYTES), "big"):
            if length > _CHUNK_BYTES_MAX:
                raise LedgerDamaged(f"{KEYS}: part {number} is too long")
            clear = secret.unseal(file.read(length), about=_about(manifest.site, manifest.made_ms, number))
            yield from msgspec.msgpack.decode(clear, type=list[tuple[MemberId, bytes]])
            number += 1


def backups_in(folder: Path, secret: Secret) -> list[tuple[Path, Manifest]]:
    """Those of this site, the newest last; what is anything else is passed over, another user's aloud."""
    found = []
    for one in folder.iterdir():
        if one.name.startswith("ledger-") and one.is_dir():
            try:
                found.append((one, manifest_of(one, secret)))
            except PermissionError:
                log.warning(
                    "%s: is another user's: it is neither counted nor ended with the others"
                    "; sudo terminal ledger backup gives it back",
                    one,
                )
            except (BackupRefused, OSError):
                continue
    return sorted(found, key=lambda one: one[1].order)


def secret_of(ledger: Path) -> Secret:
    """The secret that is there; unlike at a start, none is made. Raises BackupRefused; LedgerDamaged."""
    path = ledger.with_suffix(".secret")
    if not path.is_file():
        raise SecretLacking(f"{path}: is not there; without it nobody's card is known and no backup opens")
    return Secret(path)


def read_only(path: Path) -> sqlite3.Connection:
    """Beside whoever writes: committed state only."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    return connection


# Writing.


def _written(ledger: Path, fresh: Path, secret: Secret, made_ms: int, progress: Progress | None) -> Manifest:
    if not ledger.is_file():
        raise BackupRefused(f"{ledger}: there is no ledger yet")
    _copy_ledger(ledger, fresh / LEDGER, progress)
    reached("backup.copied")
    with closing(read_only(fresh / LEDGER)) as copy:
        known = meta_of(copy)
        site = SiteId(known.site)
        seq, head = copy.execute(queries()["head"]).fetchone() or (0, bytes(32))
    # After the ledger: whatever it holds was sealed under a key that was durable before.
    keys = _copy_keys(ledger.with_suffix(".keys"), fresh / KEYS, secret, site, made_ms)
    manifest = Manifest(
        v=_VERSION,
        site=site,
        instance=known.instance,
        epoch=known.epoch,
        seq=seq,
        head=head.hex(),
        keys=keys,
        made_ms=made_ms,
        parts=tuple(_part(fresh / name) for name in (LEDGER, KEYS)),
    )
    manifest = msgspec.structs.replace(manifest, mac=secret.mac(manifest.sealed_bytes()).hex())
    with _made(fresh / MANIFEST) as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    sync_folder(fresh)
    return manifest


def _copy_ledger(ledger: Path, target: Path, progress: Progress | None) -> None:
    """In steps, of one state: the read that is begun here makes nobody wait, it only lets the log grow."""
    _made(target).close()
    with closing(read_only(ledger)) as source, closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # All of it is synced once, below.
        OURS.version_of(source)  # What is no ledger, or its schema no text, says so itself.
        source.execute("BEGIN")
        source.execute(
            queries()["head"]
        ).fetchone()  # Without a state of its own it would begin anew each time.
        source.backup(copy, pages=_STEP_PAGES, progress=progress)
        source.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode = DELETE")  # One file, which is read without writing beside it.


def _copy_keys(keys: Path, target: Path, secret: Secret, site: SiteId, made_ms: int) -> int:
    """In chunks, each sealed; each look at the file is short, so that a new member need not wait."""
    count = number = 0
    with _made(target) as file:
        for chunk in _wrapped(keys):
            sealed = secret.seal(msgspec.msgpack.encode(chunk), about=_about(site, made_ms, number))
            file.write(len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed)
            count += len(chunk)
            number += 1
        file.write(bytes(_LENGTH_BYTES))
    return count


def _wrapped(keys: Path) -> Iterator[list[tuple[str, bytes]]]:
    if not keys.is_file() or not keys.stat().st_size:  # Nobody has given any data yet.
        return
    with closing(read_only(keys)) as source:
        last = ""
        page = "SELECT member, wrapped FROM keys WHERE member > ? ORDER BY member LIMIT ?"
        while rows := source.execute(page, (last, _KEYS_AT_ONCE)).fetchall():
            yield rows
            last = rows[-1][0]


def _about(site: str, made_ms: int, number: int) -> bytes:
    return f"backup {site} {made_ms} {number}".encode()


def _made(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _part(path: Path) -> Part:
    """Synced, and read back from the medium where the system lets us."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return Part(name=path.name, size=path.stat().st_size, sha256=digest_of(path))


def digest_of(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES_MAX):
            digest.update(chunk)
    return digest.hexdigest()


# Checking.


def _check_part(path: Path, part: Part) -> None:
    if not path.is_file():
        raise BackupRefused(f"{path}: is not there")
    if (size := path.stat().st_size) != part.size:
        raise BackupRefused(f"{path}: {size} bytes instead of {part.size}")
    if digest_of(path) != part.sha256:
        raise BackupRefused(f"{path}: its SHA-256 is not that of the manifest")


def _check_ledger(path: Path, manifest: Manifest, secret: Secret) -> None:
    with closing(read_only(path)) as copy:
        known = meta_of(copy)
        for name in ("site", "instance", "epoch"):
            if getattr(known, name) != getattr(manifest, name):
                raise BackupRefused(f"{path}: its {name} is not that of the manifest")
        if not _is_older(copy):  # Else it is walked once it is of our schema: here, and where it is restored.
            check_whole(copy, path, manifest, secret)


def _is_older(copy: sqlite3.Connection) -> bool:
    return 0 < OURS.version_of(copy) < OURS.version


def _walk_older(backup: Path, manifest: Manifest, secret: Secret) -> None:
    """The ledger of an earlier program, in a copy that is brought to our schema. It is kept as it was."""
    with closing(read_only(backup / LEDGER)) as copy:
        if not _is_older(copy):
            return
    brought = backup / _BROUGHT
    shutil.copyfile(backup / LEDGER, brought)
    try:
        with closing(connected(brought)) as copy:
            check_whole(copy, backup / LEDGER, manifest, secret)
    finally:
        for left in backup.glob(f"{_BROUGHT}*"):
            left.unlink()


def check_whole(connection: sqlite3.Connection, where: Path, manifest: Manifest, secret: Secret) -> None:
    """By all that `terminal ledger verify` looks at. Raises LedgerDamaged; LedgerClosed; BackupRefused."""
    from terminal.store.beside import verified_whole  # noqa: PLC0415  no start needs it

    found, _ = verified_whole(connection, Voucher(secret))
    if (found.entries, found.head) != (manifest.seq, manifest.head):
        raise BackupRefused(f"{where}: ends with entry {found.entries}, the manifest says {manifest.seq}")


# Keeping the folder.


def _name(manifest: Manifest) -> str:
    return f"ledger-{quote(manifest.site, safe='')}-{manifest.epoch}-{manifest.seq}-{manifest.made_ms}"


def _clear(folder: Path) -> None:
    """What a power cut left. What cannot be taken away stays, and costs nobody the next backup."""
    for left in folder.glob(f"{_UNFINISHED}*"):
        try:
            shutil.rmtree(left)
        except PermissionError:
            log.warning("%s: is another user's, and cannot be taken away: sudo rm -r", left)
        except OSError as fault:
            log.warning("%s: cannot be taken away: %s", left, fault.strerror or fault)


def _drop_old(folder: Path, newest: Manifest, secret: Secret, *, by_age: bool) -> None:
    """Of this site only, and never the one just made, which stands whatever becomes of the others.

    `by_age`: whether the clock is believed. One that jumped ahead would end all others at once.

    A link to one is none: it holds nothing, and what it leads to ends where that lies.
    """
    others = [
        (where, one)
        for where, one in backups_in(folder, secret)
        if one.site == newest.site and one.mac != newest.mac
    ]
    kept = [(where, one) for where, one in others if not where.is_symlink()]
    surplus = len(kept) + 1 - KEPT_MAX
    for place, (where, one) in enumerate(kept):
        if place < surplus or (by_age and _is_over(one, newest)):
            try:
                shutil.rmtree(where)
            except OSError as fault:
                why = fault.strerror or fault
                log.warning("%s: its time is over, and it cannot be taken away: %s", where, why)
    for where, one in others:
        if by_age and where.is_symlink() and _is_over(one, newest):
            log.warning("%s: leads to a backup whose time is over: take both away", where)


def _is_over(one: Manifest, newest: Manifest) -> bool:
    return newest.made_ms - one.made_ms > KEPT_MS
