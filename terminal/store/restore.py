"""A backup becomes the ledger again: under the lock, after all of it verified, in a new epoch.

What was there is kept under another name. All of it blocks.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from terminal.core.errors import LedgerDamaged
from terminal.core.values import MemberId, SiteId, Value
from terminal.runtime.durable import sync_folder
from terminal.runtime.steps import reached
from terminal.store.backup import (
    KEPT_MS,
    LEDGER,
    MANIFEST,
    BackupRefused,
    Manifest,
    SecretLacking,
    backups_in,
    check_whole,
    checked,
    digest_of,
    member_keys,
    read_only,
    secret_of,
)
from terminal.store.begun import begun, kept_aside, mark
from terminal.store.checkpoints import Checkpoints, SiteKey, Voucher
from terminal.store.file import ASIDE, Lock, connected, drop_unfinished
from terminal.store.meta import begin_epoch, check_identity, meta_of
from terminal.store.queries import queries
from terminal.store.replay import Replayed, replay
from terminal.store.sealed import MemberKeys, Secret
from terminal.store.segments import links
from terminal.store.shelf import Shelf
from terminal.store.unwritten import STUMBLES, is_damage, opening

log = logging.getLogger(__name__)

_PEOPLE = ("profiles", "tokens", "traces")
_WALLETS = "SELECT wallet FROM wallets WHERE member IN (SELECT value FROM json_each(?))"
_FORGET = (
    f"DELETE FROM tokens WHERE wallet IN ({_WALLETS})",  # noqa: S608  constants
    f"DELETE FROM traces WHERE wallet IN ({_WALLETS})",  # noqa: S608
    "DELETE FROM profiles WHERE member IN (SELECT value FROM json_each(?))",
    "DELETE FROM services WHERE member IN (SELECT value FROM json_each(?))",
    "DELETE FROM erasures_waiting WHERE member IN (SELECT value FROM json_each(?))",
    "INSERT OR IGNORE INTO erased (member) SELECT value FROM json_each(?)",
)


class Restored(Value, frozen=True, kw_only=True):
    """What stands now."""

    backup: str
    site: SiteId
    epoch: int
    """The new one."""
    seq: int
    """Of the last entry."""
    back: int = 0
    """How many entries came from the second copy."""
    nameless: int = 0
    """Of them, how many brought cards, phones or names, which no journal holds."""
    why: str = ""
    """Why not all of the second copy came back; empty when it did."""
    aside: str = ""
    """Where the ledger lies that was there; empty where there was none."""
    lost: int | None = 0
    """How many entries are only in that one; None when it cannot be read."""


class _Before(Value, frozen=True, kw_only=True):
    """What the ledger that was there still tells."""

    epoch: int
    seq: int
    erased: tuple[MemberId, ...]


class _Made(NamedTuple):
    """The file that will be the ledger."""

    epoch: int
    seq: int
    back: Replayed
    gone: set[MemberId]
    """Who is forgotten in it."""


def restore(
    backup: Path, ledger: Path, *, site: SiteId, over_whole: bool = False, second: Path | None = None
) -> Restored:
    """Puts a backup, or the newest of a folder of them, in the place of the ledger.

    `second`: the second copy of the journal; its entries that follow on the backup come back too.
    `over_whole`: also where the ledger in place is whole and holds everything of the backup.

    Raises:
        BackupRefused: it does not verify, is another site's, or what is there is better. Nothing was changed.
        LedgerClosed: a terminal runs, or the disk does not let us.
    """
    try:
        with opening(str(ledger)):
            secret = secret_of(ledger)
            lock = Lock(ledger)
            try:
                if second is not None and not second.is_dir():
                    raise BackupRefused(
                        f"{second}: the stick of the second copy is not there. Put it back: it may hold what"
                        " the backup has not. Where it is lost, take ledger.second out of the configuration"
                    )
                chosen = _chosen(backup, secret)
                manifest = _wanted(chosen, ledger, site, secret, over_whole=over_whole)
                return _restored(chosen, manifest, ledger, secret, second)
            finally:
                lock.release()
    except LedgerDamaged as fault:
        raise BackupRefused(str(fault)) from fault


def _wanted(backup: Path, ledger: Path, site: SiteId, secret: Secret, *, over_whole: bool) -> Manifest:
    """The manifest of a backup that may take the ledger's place."""
    manifest = checked(backup, secret)
    if manifest.site != site:
        raise BackupRefused(f"{backup}: is of site {manifest.site}, this is {site}")
    if not over_whole and _is_whole(ledger, manifest, secret):
        raise BackupRefused(
            f"{ledger}: is whole and holds all of that backup; a restore could only lose sales"
        )
    return manifest


def _restored(
    backup: Path, manifest: Manifest, ledger: Path, secret: Secret, second: Path | None
) -> Restored:
    before, keys = _before(ledger, secret), ledger.with_suffix(".keys")
    fresh = fresh_path(ledger)
    try:
        made = _made(backup, manifest, ledger, secret, second)
        _sync(fresh)
        reached("restore.ready")
        _bring_keys(backup, keys, manifest, secret, made.gone)
    except BaseException:
        drop_unfinished(fresh)  # A disk that it filled has room again.
        raise
    aside = _swap(fresh, ledger, made.epoch)
    if before is not None:
        lost: int | None = max(0, before.seq - made.seq)
    else:
        lost = None if aside else 0
    return Restored(
        backup=str(backup),
        site=SiteId(manifest.site),
        epoch=made.epoch,
        seq=made.seq,
        back=made.back.entries,
        nameless=made.back.nameless,
        why=made.back.why,
        aside=str(aside or ""),
        lost=lost,
    )


def _made(backup: Path, manifest: Manifest, ledger: Path, secret: Secret, second: Path | None) -> _Made:
    """The new file, beside the one in place."""
    before, keys = _before(ledger, secret), ledger.with_suffix(".keys")
    site_key = SiteKey(ledger.with_suffix(".site"))
    fresh = fresh_path(ledger)
    _copy(backup, fresh, manifest)
    with closing(connected(fresh)) as connection:
        check_whole(connection, backup, manifest, secret)  # Once more: of our schema, and where it will stay.
        _set_aside_unreadable(keys)
        with closing(MemberKeys(keys, secret)) as kept:
            shelf = Shelf(connection, SiteId(manifest.site), kept, site_key)
            forgotten = kept.erased().union(before.erased if before else ())
            back = replay(shelf, links(second, shelf.site, shelf.seq, shelf.hash) if second else ())
        known = shelf.epoch, before.epoch if before else 0
        epoch = 1 + max(*known, *begun(ledger, backup, manifest, secret))
        mark(backup, epoch)
        _begin_epoch(connection, epoch, forgotten, secret)
        checkpoints = _of_this_machine(connection, secret, site_key)
        if checkpoints.last < shelf.seq:
            checkpoints.sign(shelf.seq, epoch, shelf.hash)
        gone = {row[0] for row in connection.execute("SELECT member FROM erased")}
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return _Made(epoch, shelf.seq, back, gone)


def _chosen(where: Path, secret: Secret) -> Path:
    if (where / MANIFEST).exists() or (where / LEDGER).exists():
        return where
    if not where.is_dir():
        raise BackupRefused(f"{where}: there is no such folder")
    found = backups_in(where, secret)
    if not found:
        raise SecretLacking(f"{where}: holds no backup that was made under this site's secret")
    return found[-1][0]


# What is there.


def _is_whole(ledger: Path, manifest: Manifest, secret: Secret) -> bool:
    """Whether the ledger in place verifies and has the backup's chain in it."""
    from terminal.store.beside import verified_whole  # noqa: PLC0415  no start needs it

    if not ledger.is_file() or not ledger.stat().st_size:
        return False
    try:
        with closing(read_only(ledger)) as here:
            verified_whole(here, Voucher(secret, SiteKey(ledger.with_suffix(".site"))))
            kept = here.execute(queries()["entry_hash"], (manifest.seq,)).fetchone()
            return manifest.seq == 0 or (kept is not None and kept[0].hex() == manifest.head)
    except (LedgerDamaged, sqlite3.Error, *STUMBLES):
        return False


def _before(ledger: Path, secret: Secret) -> _Before | None:
    """None where nothing is there, or it cannot be read."""
    if not ledger.is_file() or not ledger.stat().st_size:
        return None
    try:
        with closing(read_only(ledger)) as here:
            known = meta_of(here)
            check_identity(known, secret)
            head = here.execute(queries()["head"]).fetchone()
            erased = here.execute("SELECT member FROM erased").fetchall()
            return _Before(
                epoch=known.epoch,
                seq=head[0] if head else 0,
                erased=tuple(MemberId(row[0]) for row in erased),
            )
    except (LedgerDamaged, sqlite3.Error, *STUMBLES):
        return None


def forget_in_old_asides(ledger: Path, now_ms: int) -> None:
    """A ledger that another took the place of keeps people as long as a backup may; its entries stay.

    They may be nowhere else. One that cannot be read any more goes whole. Its age is that of its last change,
    its name included (inode(7), ctime).
    """
    for _, aside in kept_aside(ledger):
        try:
            if now_ms - aside.stat().st_ctime_ns // 1_000_000 > KEPT_MS:
                _forget_all(aside)
        except (OSError, sqlite3.Error) as fault:
            log.warning("%s: people in it are not forgotten yet: %s", aside, fault)


def _forget_all(aside: Path) -> None:
    try:
        with closing(sqlite3.connect(aside, isolation_level=None)) as old:
            if not any(old.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in _PEOPLE):  # noqa: S608  constants
                return
            old.execute("PRAGMA secure_delete = ON")
            old.execute("BEGIN IMMEDIATE")
            for table in _PEOPLE:
                old.execute(f"DELETE FROM {table}")  # noqa: S608
            old.execute("COMMIT")
            old.execute("PRAGMA journal_mode = DELETE")  # What its log held goes with it.
            log.info("%s: nobody is known in it any more", aside)
    except sqlite3.DatabaseError as fault:
        if not is_damage(fault):
            raise
        for ending in ("-wal", "-shm", ""):
            Path(f"{aside}{ending}").unlink(missing_ok=True)
        log.warning("%s: could not be read, and is gone after 90 days", aside)


# What comes.


def fresh_path(ledger: Path) -> Path:
    """Where the new one is made."""
    return ledger.with_suffix(".restoring")


def _copy(backup: Path, fresh: Path, manifest: Manifest) -> None:
    drop_unfinished(fresh)
    shutil.copyfile(backup / LEDGER, fresh)
    fresh.chmod(0o600)
    if digest_of(fresh) != manifest.parts[0].sha256:
        raise BackupRefused(f"{backup / LEDGER}: reads differently each time; the medium is failing")


def _begin_epoch(
    connection: sqlite3.Connection, epoch: int, forgotten: set[MemberId], secret: Secret
) -> None:
    """Also forgets again who was forgotten since the backup, by the ledger that was there or by the keys."""
    run = connection.execute
    run("BEGIN IMMEDIATE")
    begin_epoch(connection, epoch, secret)
    members = msgspec.json.encode(sorted(forgotten)).decode()
    for forget in _FORGET:
        run(forget, (members,))
    run("UPDATE erased SET done = 0")  # Their keys are destroyed once more at the next start.
    run("COMMIT")


def _of_this_machine(connection: sqlite3.Connection, secret: Secret, key: SiteKey) -> Checkpoints:
    """Checkpoints of a ledger are all of one key: those of another machine go."""
    _, public = key.sign(b"")
    others = "DELETE FROM checkpoints WHERE EXISTS (SELECT 1 FROM checkpoints WHERE public <> ?)"
    connection.execute(others, (public,))
    return Checkpoints(connection, secret, key)


def _bring_keys(backup: Path, keys: Path, manifest: Manifest, secret: Secret, gone: set[MemberId]) -> None:
    """Into the file of keys that is in place: it may hold people who came after the backup."""
    with closing(MemberKeys(keys, secret)) as kept:
        kept.put(one for one in member_keys(backup, manifest, secret) if one[0] not in gone)


def _set_aside_unreadable(keys: Path) -> None:
    """A file of keys that is damaged opens nothing; it must not stop the restore."""
    if not keys.exists():
        return
    try:
        with closing(read_only(keys)) as here:
            well = here.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    except sqlite3.DatabaseError:
        well = False
    if not well:
        keys.replace(keys.with_suffix(".keys-damaged"))


# The change itself.


def _swap(fresh: Path, ledger: Path, epoch: int) -> Path | None:
    """The old one goes first, then its log: never may a log lie beside a ledger that it is not of."""
    aside = ledger.with_name(f"{ledger.stem}{ASIDE}{epoch}.db") if ledger.exists() else None
    if aside is not None:
        ledger.rename(aside)
        sync_folder(ledger.parent)
        reached("restore.aside")
    log = Path(f"{ledger}-wal")
    if log.exists():
        log.rename(f"{aside or _whose_log(ledger, epoch)}-wal")
    Path(f"{ledger}-shm").unlink(missing_ok=True)
    sync_folder(ledger.parent)
    reached("restore.cleared")
    fresh.rename(ledger)
    sync_folder(ledger.parent)
    reached("restore.done")
    return aside


def _whose_log(ledger: Path, epoch: int) -> Path:
    """A restore that was cut off had put the ledger aside, and not yet its log."""
    for _, last in reversed(kept_aside(ledger)):
        if not Path(f"{last}-wal").exists():
            return last
        break
    return ledger.with_name(f"{ledger.stem}{ASIDE}{epoch}.db")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
