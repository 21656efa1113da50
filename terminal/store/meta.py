"""What a ledger file says of itself (its table `meta`), read as a whole into values of known types.

A value that nobody can have written is damage, and named; so is a name that nobody wrote. The three that an
entry cannot tell anybody, whose file it is, whose machine's and in which epoch, are sealed under the site's
secret: of them any other value is noticed, also one that could have been.
"""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from terminal.core.errors import LedgerDamaged
from terminal.core.values import INTEGER_MAX, SiteId
from terminal.store.migrations import OURS
from terminal.store.queries import queries
from terminal.store.sealed import Secret

Count = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
_MAC = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_MARK = Annotated[str, msgspec.Meta(max_length=4096)]


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """Of one file. A new name comes with a step of the schema: what is not here is damage."""

    openable_from: Annotated[int, msgspec.Meta(ge=1, le=9999)]
    site: Annotated[str, msgspec.Meta(min_length=1)]
    instance: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    epoch: Annotated[int, msgspec.Meta(ge=1, le=INTEGER_MAX)]
    acked: Count
    proof: _MAC
    identity: _MAC
    """Over site, instance and epoch, under the secret."""
    doubts: Count = 0
    hq_epoch: Count = 0
    fed_epoch: Count = 0
    fed_m: Count = 0
    asked: Count = 0
    refused: Annotated[int, msgspec.Meta(ge=0, le=1)] = 0
    acked_mark: _MARK = ""
    fed_mark: _MARK = ""
    edits_mark: _MARK = ""
    hooked: Count = 0
    heard: _MARK = ""
    """When all that headquarters directs was applied last, as JSON."""


_SAYS: Final = {
    "openable_from": "which program may open it",
    "site": "which site's it is",
    "instance": "which machine's it is",
    "epoch": "its epoch",
    "acked": "how much of it headquarters has",
    "proof": "which secret it was made with",
    "identity": "by whom that was written",
}
"""What no file is without."""


class _Whose(NamedTuple):
    site: str
    instance: str
    epoch: int

    def sealed(self, secret: Secret) -> bytes:
        return secret.mac(msgspec.json.encode(["card-terminal ledger 1", *self]))


def meta_of(connection: sqlite3.Connection) -> Meta:
    """Raises LedgerDamaged where it does not say all that it was given, or says what cannot be."""
    rows = _rows(connection)
    known = {name: value for name, value in rows.items() if name in Meta.__struct_fields__}
    for name, what in _SAYS.items():
        if name not in known:
            raise LedgerDamaged(f"the file itself: it does not say {what} (meta, {name})")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if known.keys() != rows.keys() and version <= OURS.version:
        raise LedgerDamaged("the file itself: it holds a name that nobody wrote (meta)")
    try:
        found = msgspec.convert(known, Meta)
    except msgspec.ValidationError as fault:
        raise _no_such_value(fault) from fault
    if found.openable_from > version:
        raise LedgerDamaged(
            f"the file itself: has schema {version}, and says that it needs {found.openable_from} (meta)"
        )
    return found


def _no_such_value(fault: msgspec.ValidationError) -> LedgerDamaged:
    name = str(fault).rpartition("$.")[2].rstrip("`")
    what = _SAYS.get(name, "how it stands")
    return LedgerDamaged(f"the file itself: what it says of {what} was never written there (meta, {name})")


def check_identity(known: Meta, secret: Secret) -> None:
    """Raises LedgerDamaged where it is another site's, machine's or epoch's than was written into it."""
    whose = _Whose(known.site, known.instance, known.epoch)
    if whose.sealed(secret) != known.identity:
        raise LedgerDamaged(
            f"the file itself: site {known.site}, instance {known.instance}, epoch {known.epoch} are not"
            " what was written there (meta)"
        )


def is_claimed(connection: sqlite3.Connection) -> bool:
    """All is given in one transaction: where a part of it is there, the rest was."""
    given = _SAYS.keys() - {"openable_from"}
    claimed = bool(given & _rows(connection).keys())
    return claimed or connection.execute(queries()["head"]).fetchone() is not None


def give(connection: sqlite3.Connection, site: SiteId, instance: str, epoch: int, secret: Secret) -> None:
    """Inside a transaction: whose it is, which epoch has begun."""
    whose = _Whose(site, instance, epoch)
    for name, value in (*whose._asdict().items(), ("identity", whose.sealed(secret))):
        connection.execute(queries()["set_meta"], (name, value))


def give_epoch(connection: sqlite3.Connection, epoch: int, secret: Secret) -> None:
    """Inside a transaction: to a file that says whose it is."""
    rows = _rows(connection)
    give(connection, SiteId(rows["site"]), rows["instance"], epoch, secret)


def begin_epoch(connection: sqlite3.Connection, epoch: int, secret: Secret) -> None:
    """Inside a transaction: what is booked from now on is of that epoch, in a file that says whose it is."""
    give_epoch(connection, epoch, secret)
    last = connection.execute(queries()["head"]).fetchone()
    connection.execute(queries()["begin_epoch"], (epoch, last[0] if last else 0))


def _rows(connection: sqlite3.Connection) -> dict[str, Any]:
    return dict(connection.execute(queries()["all_meta"]))
