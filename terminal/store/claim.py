"""Whose a ledger file is, as its `meta` says: given to a new file once, never guessed of one with entries."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

import msgspec

from terminal.core.errors import LedgerDamaged, LedgerMismatched
from terminal.core.ports import Ids
from terminal.core.values import SiteId
from terminal.store.checkpoints import check_secret, proof_of
from terminal.store.epochs import Epochs
from terminal.store.meta import Meta, check_identity, give, is_claimed, meta_of
from terminal.store.queries import queries
from terminal.store.sealed import Secret


class _OfEpoch(msgspec.Struct, frozen=True):
    epoch: int


def claim(connection: sqlite3.Connection, path: Path, site: SiteId, ids: Ids, secret: Secret) -> Meta:
    """A new file gets its site, an old one must be ours, and of the secret that is beside it."""
    if not is_claimed(connection):
        connection.execute("BEGIN IMMEDIATE")
        give(connection, site, ids.new(), 1, secret)
        connection.execute(queries()["begin_epoch"], (1, 0))
        for name, value in (("acked", 0), ("proof", proof_of(secret))):
            connection.execute(queries()["set_meta"], (name, value))
        connection.execute("COMMIT")
    known = check_claimed(connection, secret)
    check_site(known, path, site)
    return known


def check_site(known: Meta, path: Path, site: SiteId) -> None:
    """Raises LedgerMismatched: it is whole, and another site's than the configuration says."""
    if known.site != site:
        raise LedgerMismatched(
            f"{path}: belongs to site {known.site}, not {site} (terminal.site): sudo terminal menu, 6"
        )


def check_claimed(connection: sqlite3.Connection, secret: Secret | None) -> Meta:
    """All that it says of itself. Without a secret: that it can be.

    Raises LedgerDamaged where it does not say all that it was given, or says what cannot be.
    """
    known = meta_of(connection)
    if secret is not None:
        check_secret(connection, secret)
        check_identity(known, secret)
    _check_epoch(connection, known.epoch)
    return known


def _check_epoch(connection: sqlite3.Connection, epoch: int) -> None:
    """It never goes back: receipts are numbered anew in each, and one would get a number again."""
    epochs = Epochs(connection)
    if epochs.last != epoch:
        raise LedgerDamaged(
            f"the file itself: epoch {epochs.last} began last, and it says {epoch} (epochs, meta)"
        )
    last = connection.execute(queries()["last_body"]).fetchone()
    if not epochs.rise(last[0] if last else 0):
        raise LedgerDamaged("the file itself: an epoch began before the one before it (epochs)")
    if last is None:
        return
    with suppress(msgspec.MsgspecError, TypeError, ValueError):  # The walk names what is no body.
        if (said := msgspec.json.decode(last[1], type=_OfEpoch).epoch) > epoch:
            raise LedgerDamaged(f"seq {last[0]}: is of epoch {said}, and the file says {epoch} (meta)")
