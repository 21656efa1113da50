"""Secrets of the site: tokens to find people by, and a key of its own for every member's data.

Card numbers and phones are stored as HMAC-SHA-256 under the merchant's key; personal data as AES-256-GCM
(NIST SP 800-38D) under a key per member, itself sealed under the site's key and kept in another file, so that
destroying one row there erases a person from every copy of the ledger.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from terminal.core.commands import Private
from terminal.core.errors import LedgerDamaged
from terminal.core.trust import Credential
from terminal.core.values import MemberId
from terminal.runtime.durable import put, read_or_make

_KEY_BYTES = 32
_NONCE_BYTES = 12
_TRACE_BYTES = 8
_LAST_DIGITS = 4
_NAME_MAX = 40
_FORMER_MAX = 8
"""Token keys of before: a shop that changed hands so often has other worries."""


class Secret:
    """The merchant's token key and the site's wrapping key, in one small file that only we may read.

    Behind them lie token keys that the site had before it joined its merchant's others: what was stored under
    one of those is still found by it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        kept = _kept_keys(path)
        self.token_key, self._wrap_key = kept[:2]
        self._former = kept[2:]

    def token(self, credential: Credential) -> bytes:
        """Finds a credential without telling it."""
        return _token(self.token_key, credential)

    def tokens(self, credential: Credential) -> Iterator[bytes]:
        """All under which it may be stored here, the one of today first."""
        for key in (self.token_key, *self._former):
            yield _token(key, credential)

    def adopt(self, token_key: bytes) -> None:
        """Durable when it returns. Again is as good as once."""
        if token_key == self.token_key:
            return
        former = tuple(key for key in (self.token_key, *self._former) if key != token_key)[:_FORMER_MAX]
        put(self._path, b"".join((token_key, self._wrap_key, *former)))
        self.token_key, self._former = token_key, former

    def mac(self, message: bytes) -> bytes:
        """Says that this site wrote it."""
        return hmac.digest(self._wrap_key, message, sha256)

    def trace(self, text: str) -> bytes:
        """Many people may share one; eight bytes tell searches apart, not persons."""
        return _trace(self.token_key, text)

    def traces(self, text: str) -> list[bytes]:
        """All under which it may be stored here."""
        return [_trace(key, text) for key in (self.token_key, *self._former)]

    def seal(self, clear: bytes, key: bytes | None = None, about: bytes = b"") -> bytes:
        """Nonce and ciphertext; under the wrapping key unless another is given. `about` is authenticated."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  first personal data

        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(key or self._wrap_key).encrypt(nonce, clear, about)

    def unseal(self, sealed: bytes, key: bytes | None = None, about: bytes = b"") -> bytes:
        """Raises LedgerDamaged when it was changed or belongs to something else."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        try:
            return AESGCM(key or self._wrap_key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
        except (InvalidTag, ValueError) as fault:
            raise LedgerDamaged(f"{self._path}: a sealed row does not open") from fault


class MemberKeys:
    """One wrapped key a member, in a file of its own. A key is durable before anything is sealed with it."""

    def __init__(self, path: Path, secret: Secret) -> None:
        self._path = path
        self.secret = secret
        self._open: sqlite3.Connection | None = None

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def seal(self, member: MemberId, private: Private) -> bytes:
        """Under the key the member has: a change that is rolled back leaves what was sealed before."""
        key = self._key(member)
        if key is None:
            key = os.urandom(_KEY_BYTES)
            wrapped = self.secret.seal(key, about=member.encode())
            self._file().execute("INSERT INTO keys (member, wrapped) VALUES (?, ?)", (member, wrapped))
        clear = msgspec.json.encode([private.name, private.phone, private.plate, private.salt])
        return self.secret.seal(clear, key, member.encode())

    def unseal(self, member: MemberId, sealed: bytes) -> Private | None:
        """None once the key is destroyed."""
        key = self._key(member)
        if key is None:
            return None
        name, phone, plate, salt = msgspec.json.decode(self.secret.unseal(sealed, key, member.encode()))
        return Private(name=name, phone=phone, plate=plate, salt=salt)

    def destroy(self, member: MemberId) -> None:
        """Returns when the key is gone from the disk (`secure_delete`). Again is as good as once."""
        self._file().execute("DELETE FROM keys WHERE member = ?", (member,))

    def put(self, wrapped: Iterable[tuple[MemberId, bytes]]) -> None:
        """Keys of a backup, wrapped under this secret, all or none; those of other members stay."""
        file = self._file()
        file.execute("BEGIN IMMEDIATE")
        try:
            file.executemany("INSERT OR REPLACE INTO keys (member, wrapped) VALUES (?, ?)", wrapped)
            file.execute("COMMIT")
        except BaseException:
            file.execute("ROLLBACK")
            raise

    def _key(self, member: MemberId) -> bytes | None:
        row = self._file().execute("SELECT wrapped FROM keys WHERE member = ?", (member,)).fetchone()
        return None if row is None else self.secret.unseal(row[0], about=member.encode())

    def _file(self) -> sqlite3.Connection:
        if self._open is None:
            opened = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            try:
                opened.execute("PRAGMA journal_mode = DELETE")
                opened.execute("PRAGMA synchronous = EXTRA")  # A key is there before what it sealed.
                opened.execute("PRAGMA secure_delete = ON")
                opened.execute(
                    "CREATE TABLE IF NOT EXISTS keys (member TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT"
                )
                self._path.chmod(0o600)
            except BaseException:
                opened.close()
                raise
            self._open = opened
        return self._open


def traces_of(private: Private) -> set[str]:
    """What finds this person: last four digits, prefixes of the initials, characters of the name."""
    name, initials = private.name[:_NAME_MAX], private.initials[:_NAME_MAX].lower()
    found = {f"name:{character}" for character in name if not character.isspace()}
    found |= {f"initials:{initials[:length]}" for length in range(1, len(initials) + 1)}
    if len(private.phone) >= _LAST_DIGITS:
        found.add(f"last:{private.phone[-_LAST_DIGITS:]}")
    return found


def asked_traces(text: str) -> set[str]:
    """What a search looks for: four digits, initials, or characters of a name that must all be there."""
    text = text.strip()[:_NAME_MAX]
    if text.isascii() and text.isdigit():
        return {f"last:{text}"} if len(text) == _LAST_DIGITS else set()
    if text.isascii():
        return {f"initials:{text.lower()}"} if text.isalpha() else set()
    return {f"name:{character}" for character in text if not character.isspace()}


def kept_key(path: Path, size: int) -> bytes:
    """Made at the first call. Raises LedgerDamaged when it is not of that size."""
    try:
        return read_or_make(path, size)
    except ValueError as fault:
        raise LedgerDamaged(str(fault)) from fault


def _kept_keys(path: Path) -> tuple[bytes, ...]:
    """Token key, wrapping key, token keys of before; two are made at the first call."""
    try:
        kept = path.read_bytes()
    except FileNotFoundError:
        kept = read_or_make(path, 2 * _KEY_BYTES)
    former, rest = divmod(len(kept) - 2 * _KEY_BYTES, _KEY_BYTES)
    if rest or not 0 <= former <= _FORMER_MAX:
        raise LedgerDamaged(f"{path}: {len(kept)} bytes are no keys")
    return tuple(kept[place : place + _KEY_BYTES] for place in range(0, len(kept), _KEY_BYTES))


def _token(key: bytes, credential: Credential) -> bytes:
    return hmac.digest(key, f"{credential.medium}:{credential.number}".encode(), sha256)


def _trace(key: bytes, text: str) -> bytes:
    return hmac.digest(key, f"trace:{text}".encode(), sha256)[:_TRACE_BYTES]
