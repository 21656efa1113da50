"""The `DataSets` port over a file beside the ledger, on a thread of its own.

Nothing in it is of this shop alone: all of it comes from headquarters again, so it is in no backup, and a
file that does not open is made anew. What is told of people lies sealed under the site's key.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from terminal.core.values import WalletId
from terminal.core.wire.people import MemberRow
from terminal.core.wire.sets import SEALED, Manifest, PartOf, Row, SetName, Staged
from terminal.runtime.threads import Threads
from terminal.store.lane import Lane
from terminal.store.queries import statements_of
from terminal.store.sealed import Secret

log = logging.getLogger(__name__)

_ASKED = 0
"""The part of members who were asked for by themselves."""
_GONE_MAX = 500
"""Rows of one commit that forgets."""
_ASKED_MAX = 5000

T = TypeVar("T")

_manifest = msgspec.json.Decoder(Manifest)
_member = msgspec.json.Decoder(MemberRow)


class SetFile:
    """The file itself; used on one thread."""

    def __init__(self, path: Path, secret: Secret) -> None:
        self._secret = secret
        self._connection = _opened(path)
        self._sql = statements_of("sets.sql")

    def close(self) -> None:
        self._connection.close()

    def _do(self, name: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(self._sql[name], values)

    def manifest(self, manifest: str) -> Manifest | None:
        row = self._do("manifest", manifest).fetchone()
        return _manifest.decode(row[0]) if row else None

    def keep_manifest(self, hash_: str, manifest: Manifest) -> None:
        parts = [(hash_, place, part.hash, part.rows) for place, part in enumerate(manifest.parts)]
        with self._connection:
            self._do("add_manifest", hash_, msgspec.json.encode(manifest))
            self._connection.executemany(self._sql["add_part_of"], parts)

    def missing(self, manifest: str) -> Sequence[PartOf]:
        return [PartOf(hash=part, rows=rows) for part, rows in self._do("missing", manifest)]

    def whole(self, manifest: str) -> bool:
        return self.manifest(manifest) is not None and not self._do("missing", manifest).fetchone()

    def staged(self) -> Sequence[Staged]:
        found = [(_manifest.decode(body), parts, there) for body, parts, there in self._do("staged")]
        return [Staged(set=one.set, version=one.version, parts=n, there=there) for one, n, there in found]

    def stage(self, part: str, name: SetName, rows: Sequence[Row]) -> None:
        if self._do("part", part).fetchone():
            return
        with self._connection:
            number = self._do("add_part", part, len(rows)).fetchone()[0]
            self._put(number, name, rows)

    def _put(self, part: int, name: SetName, rows: Sequence[Row]) -> None:
        kept = [(part, row.key, self._kept(name, row)) for row in rows]
        self._connection.executemany(self._sql["add_row"], kept)
        if name is SetName.MEMBERS:
            members = [(row.key, _member.decode(row.value)) for row in rows]
            tokens = [(part, bytes.fromhex(key.token), at) for at, one in members for key in one.keys]
            self._connection.executemany(self._sql["add_token"], tokens)

    def _kept(self, name: SetName, row: Row) -> bytes:
        return self._secret.seal(row.value, about=row.key.encode()) if name in SEALED else row.value

    def forget_others(self, manifests: Collection[str]) -> int:
        """First manifests, then parts that no manifest names, some rows a commit."""
        with self._connection:
            for one in {row[0] for row in self._do("manifests")} - set(manifests):
                self._do("drop_manifest", one)
                self._do("drop_parts_of", one)
            gone = self._do("unnamed").fetchone()
            return self._forget_some(gone[0]) if gone else 0

    def _forget_some(self, part: int) -> int:
        keys = [row[0] for row in self._do("some_keys", part, _GONE_MAX)]
        self._connection.executemany(self._sql["drop_row"], [(part, key) for key in keys])
        if len(keys) < _GONE_MAX:
            self._do("drop_tokens", part)
            self._do("drop_part", part)
        return max(1, len(keys))

    def row(self, manifest: str, key: str) -> bytes | None:
        found = self._do("row", manifest, key).fetchone()
        return None if found is None else self._clear(key, found[0], sealed=self._is_sealed(manifest))

    def rows(self, manifest: str, after: str, limit: int) -> Sequence[Row]:
        found, sealed = self._do("rows", manifest, after, limit).fetchall(), self._is_sealed(manifest)
        return [Row(key=key, value=self._clear(key, value, sealed=sealed)) for key, value in found]

    def _is_sealed(self, manifest: str) -> bool:
        known = self.manifest(manifest)
        return known is not None and known.set in SEALED

    def _clear(self, key: str, value: bytes, *, sealed: bool) -> bytes:
        return self._secret.unseal(value, about=key.encode()) if sealed else value

    def by_token(self, manifest: str, token: str) -> MemberRow | None:
        found = self._do("by_token", manifest, bytes.fromhex(token)).fetchone()
        return (
            None if found is None else _member.decode(self._secret.unseal(found[1], about=found[0].encode()))
        )

    def keep_asked(self, row: MemberRow) -> None:
        """The first go when there are too many: they can be asked for again."""
        with self._connection:
            self._do("drop_tokens_of", _ASKED, row.wallet)
            self._put(_ASKED, SetName.MEMBERS, [Row(key=row.wallet, value=msgspec.json.encode(row))])
            surplus = self._do("count_rows", _ASKED).fetchone()[0] - _ASKED_MAX
            for (key,) in self._do("some_keys", _ASKED, max(0, surplus)).fetchall():
                self._forget_asked(key)

    def forget_asked(self, wallets: Collection[WalletId]) -> None:
        with self._connection:
            for wallet in wallets:
                self._forget_asked(wallet)
        self._do("emptied").fetchone()  # The log would still show them.

    def _forget_asked(self, wallet: str) -> None:
        self._do("drop_tokens_of", _ASKED, wallet)
        self._do("drop_row", _ASKED, wallet)


class Sets:
    """The port. The file is opened with the first question: a shop without headquarters has none."""

    def __init__(self, path: Path, secret: Secret, threads: Threads) -> None:
        self._path = path
        self._secret = secret
        self._threads = threads
        self._lane: Lane | None = None
        self._file: SetFile | None = None

    async def _do(self, work: Callable[[SetFile], T]) -> T:
        if self._lane is None:
            self._lane = Lane("sets", self._threads)

        def job() -> T:
            if self._file is None:
                self._file = SetFile(self._path, self._secret)
            return work(self._file)

        return await self._lane.do(job)

    async def close(self) -> None:
        if self._lane is not None:
            await self._do(lambda file: file.close())
            lane, self._lane, self._file = self._lane, None, None
            await lane.end()

    async def manifest(self, manifest: str) -> Manifest | None:
        return await self._do(lambda file: file.manifest(manifest))

    async def keep_manifest(self, hash_: str, manifest: Manifest) -> None:
        await self._do(lambda file: file.keep_manifest(hash_, manifest))

    async def missing(self, manifest: str) -> Sequence[PartOf]:
        return await self._do(lambda file: file.missing(manifest))

    async def stage(self, part: str, name: SetName, rows: Sequence[Row]) -> None:
        await self._do(lambda file: file.stage(part, name, rows))

    async def whole(self, manifest: str) -> bool:
        return await self._do(lambda file: file.whole(manifest))

    async def staged(self) -> Sequence[Staged]:
        return await self._do(lambda file: file.staged())

    async def forget_others(self, manifests: Collection[str]) -> int:
        return await self._do(lambda file: file.forget_others(manifests))

    async def row(self, manifest: str, key: str) -> bytes | None:
        return await self._do(lambda file: file.row(manifest, key))

    async def rows(self, manifest: str, after: str, limit: int) -> Sequence[Row]:
        return await self._do(lambda file: file.rows(manifest, after, limit))

    async def by_token(self, manifest: str, token: str) -> MemberRow | None:
        return await self._do(lambda file: file.by_token(manifest, token))

    async def keep_asked(self, row: MemberRow) -> None:
        await self._do(lambda file: file.keep_asked(row))

    async def forget_asked(self, wallets: Collection[WalletId]) -> None:
        await self._do(lambda file: file.forget_asked(wallets))


def _opened(path: Path) -> sqlite3.Connection:
    """A file that is damaged is made anew: headquarters has all of it."""
    try:
        return _connected(path)
    except sqlite3.DatabaseError as fault:
        if isinstance(fault, sqlite3.OperationalError):
            raise
        log.error("the data sets are fetched anew: %s", fault)  # noqa: TRY400  the words say it all
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    try:
        run = connection.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")  # What a directive switches to is on the disk by then.
        run("PRAGMA secure_delete = ON")
        for statement in statements_of("sets_schema.sql").values():
            run(statement)
        path.chmod(0o600)
    except BaseException:
        connection.close()
        raise
    return connection
