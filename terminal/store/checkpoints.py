"""Signed checkpoints: the journal up to a seq, vouched for, so that a start need not walk it again.

Each carries two proofs: a MAC under the site's own secret, checked at every start without a heavy import,
and an Ed25519 signature (RFC 8032) under the site key, which others can check too.
"""

from __future__ import annotations

import hmac
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from terminal.core.checkpoint import Checkpoint
from terminal.core.errors import LedgerDamaged, LedgerMismatched
from terminal.core.values import SiteId
from terminal.store.queries import queries
from terminal.store.sealed import Secret, kept_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNED_EVERY = 500
"""Entries after which a pause is used to sign; a start walks so many, and a little more."""
SIGNED_AT_LATEST = 5000
"""Entries after which nobody waits for a pause: a start walks no more, whatever the day was like."""
_SEED_BYTES = 32


class SiteKey:
    """Ed25519, made on this machine, never leaves it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: Ed25519PrivateKey | None = None

    def sign(self, message: bytes) -> tuple[bytes, bytes]:
        """The signature, and the public key that checks it."""
        key = self._key or self._read()
        return key.sign(message), key.public_key().public_bytes_raw()

    def public(self) -> bytes | None:
        """What checks its signatures; None before it signed anything. Makes no key."""
        if self._key is None and not self._path.is_file():
            return None
        return (self._key or self._read()).public_key().public_bytes_raw()

    def _read(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  not at the start
            Ed25519PrivateKey,
        )

        self._key = Ed25519PrivateKey.from_private_bytes(kept_key(self._path, _SEED_BYTES))
        return self._key


class Checkpoints:
    """Belongs to the writer's thread."""

    def __init__(self, connection: sqlite3.Connection, secret: Secret, key: SiteKey) -> None:
        self._run = connection.execute
        self._secret = secret
        self._key = key
        self._site = _site_of(connection)
        self.last = self._last()

    def _last(self) -> int:
        last = self._run(queries()["last_checkpoint"]).fetchone()
        return int(last[0]) if last else 0

    def forget(self) -> None:
        """After a rollback."""
        self.last = self._last()

    def trusted(self) -> int:
        """The seq up to which this site has vouched for its journal; 0 for none.

        Raises:
            LedgerDamaged: the last checkpoint is not this site's, or the journal is not what it vouched for.
        """
        try:
            row = self._run(queries()["last_checkpoint"]).fetchone()
            kept = self._run(queries()["entry_hash"], (row[0],)).fetchone() if row else None
        except sqlite3.DatabaseError as fault:
            raise LedgerDamaged(f"the file itself: {fault}") from fault
        if row is None:
            return 0
        seq, epoch, instance, entry_hash, mac = row
        if kept is None:
            raise LedgerDamaged(f"seq {seq}: was vouched for and is missing: an older copy of the journal")
        if kept[0] != entry_hash:
            raise LedgerDamaged(f"seq {seq}: is not what was vouched for")
        said = Checkpoint(site=self._site, instance=instance, epoch=epoch, seq=seq, hash=entry_hash.hex())
        _check_mac(said, mac, self._secret)
        return int(seq)

    def due(self, seq: int) -> bool:
        return seq - self.last >= SIGNED_EVERY

    def overdue(self, seq: int) -> bool:
        return self.due(seq) and seq - self.last >= SIGNED_AT_LATEST

    def sign(self, seq: int, epoch: int, entry_hash: bytes) -> None:
        """Only what this process committed or verified is vouched for."""
        instance = str(self._run(queries()["meta"], ("instance",)).fetchone()[0])
        said = Checkpoint(site=self._site, instance=instance, epoch=epoch, seq=seq, hash=entry_hash.hex())
        message = said.signed_bytes()
        signature, public = self._key.sign(message)
        row = (seq, epoch, instance, entry_hash, self._secret.mac(message), signature, public)
        self._run(queries()["add_checkpoint"], row)
        self.last = seq


def _site_of(connection: sqlite3.Connection) -> SiteId:
    return SiteId(connection.execute(queries()["meta"], ("site",)).fetchone()[0])


def _check_mac(said: Checkpoint, mac: bytes, secret: Secret) -> None:
    """The same at every start, in verify, in a backup and before a restore. Raises LedgerDamaged."""
    if not hmac.compare_digest(secret.mac(said.signed_bytes()), mac):
        raise LedgerDamaged(f"seq {said.seq}: its checkpoint was not made with this site's secret")


def proof_of(secret: Secret) -> bytes:
    """What a ledger keeps, so that another secret beside it is noticed."""
    return secret.mac(b"card-terminal secret 1\n")


def check_secret(connection: sqlite3.Connection, secret: Secret) -> None:
    """Raises LedgerDamaged where the ledger was made with another."""
    kept = connection.execute(queries()["meta"], ("proof",)).fetchone()
    if kept is None or kept[0] != proof_of(secret):
        raise LedgerMismatched(
            f"{secret.path}: is not the one this ledger was made with. Put its copy back,"
            " from the owner's safe"
        )


class Voucher(NamedTuple):
    """Who must have vouched for a journal. Without a key: a backup may be another machine's of this site."""

    secret: Secret
    key: SiteKey | None = None


def check_signatures(connection: sqlite3.Connection, by: Voucher | None = None) -> int:
    """All checkpoints: each of this chain, each signed, all by one key: this site's, where it is told.

    Raises:
        LedgerDamaged: the first that is not.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  asked for by a person
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    if by is not None:
        check_secret(connection, by.secret)
    count, site = 0, _site_of(connection)
    first = by.key.public() if by and by.key else None
    for row in connection.execute(queries()["all_checkpoints"]):
        seq, epoch, instance, entry_hash, kept, mac, signature, public = row
        if by and by.key and first is None:
            raise LedgerDamaged(f"seq {seq}: is vouched for, and the site's key is gone (.site)")
        first = first or public
        if kept != entry_hash:
            raise LedgerDamaged(f"seq {seq}: is not what was vouched for")
        said = Checkpoint(site=site, instance=instance, epoch=epoch, seq=seq, hash=entry_hash.hex())
        if by is not None:
            _check_mac(said, mac, by.secret)
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, said.signed_bytes())
        except (InvalidSignature, ValueError) as fault:
            raise LedgerDamaged(f"seq {seq}: the signature of its checkpoint is wrong") from fault
        if public != first:
            raise LedgerDamaged(f"seq {seq}: its checkpoint was signed with another key")
        count += 1
    return count
