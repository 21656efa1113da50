"""Secrets of the site: tokens to find people by, and a key of its own for every member's data.

Card numbers and phones are stored as HMAC-SHA-256 under the merchant's key; personal data as AES-256-GCM
(NIST SP 800-38D) under a key per member, itself sealed under the site's key and kept in another file, so that
destroying one row there erases a person from every copy of the ledger.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import msgspec

from terminal.core.commands import Private
from terminal.core.errors import LedgerDamaged, LedgerMismatched, PeopleLocked
from terminal.core.initials import WAYS_MAX
from terminal.core.trust import Credential
from terminal.core.values import MemberId
from terminal.core.wire.people import token_of
from terminal.runtime.durable import put, read_or_make

_sealed = msgspec.json.Decoder(tuple[str, str, str, str, tuple[tuple[str, str], ...]])
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TRACE_BYTES = 8
_MARK_CHARS = 32
_LAST_DIGITS = 4
_NAME_MAX = 40
_WAY_MAX = 10
"""Letters of each way to read a name but the first: all of them together stay within what may be kept."""
_TOGETHER = (2, 3)
_PUT_TOGETHER_MAX = 10
"""Different Chinese characters of one name; what comes after them is found one at a time."""
_FORMER_MAX = 8
"""Token keys of before: a shop that changed hands so often has other worries."""


class Secret:
    """The merchant's token key and the site's wrapping key, in one small file that only we may read.

    Behind them lie token keys that the site had before it joined its merchant's others: what was stored under
    one of those is still found by it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        kept = _kept_keys(path)
        self.token_key, self._wrap_key = kept[:2]
        self._former = kept[2:]

    def token(self, credential: Credential) -> bytes:
        """Finds a credential without telling it."""
        return token_of(self.token_key, credential)

    def tokens(self, credential: Credential) -> Iterator[bytes]:
        """All under which it may be stored here, the one of today first."""
        for key in (self.token_key, *self._former):
            yield token_of(key, credential)

    def pin_keys(self) -> Iterator[bytes]:
        """What stands between a PIN and its verifier; all under which one may be stored, today's first."""
        for key in (self.token_key, *self._former):
            yield hmac.digest(key, b"card-terminal pin 1", sha256)

    def adopt(self, token_key: bytes) -> None:
        """Durable when it returns. Again is as good as once."""
        if token_key == self.token_key:
            return
        former = tuple(key for key in (self.token_key, *self._former) if key != token_key)[:_FORMER_MAX]
        put(self.path, b"".join((token_key, self._wrap_key, *former)))
        self.token_key, self._former = token_key, former

    def mac(self, message: bytes) -> bytes:
        """Says that this site wrote it."""
        return hmac.digest(self._wrap_key, message, sha256)

    def mark(self, payer: str) -> str:
        """The same for the same payer, here and as long as the site lasts; 32 hex digits tell nobody who."""
        return hmac.digest(self._wrap_key, b"card-terminal payer 1\0" + payer.encode(), sha256).hex()[
            :_MARK_CHARS
        ]

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
            raise LedgerDamaged(f"{self.path}: a sealed row does not open") from fault


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
        """Under the key the member has: a change that is rolled back leaves what was sealed before.

        Raises PeopleLocked, as all that opens the file does, when it cannot be read.
        """
        clear = msgspec.json.encode([private.name, private.phone, private.plate, private.salt, private.told])
        return self.secret.seal(clear, self._own_key(member), member.encode())

    def seal_text(self, member: MemberId, text: str, about: bytes) -> bytes:
        """`about`: it opens for nothing else."""
        return self.secret.seal(text.encode(), self._own_key(member), member.encode() + about)

    def unseal_text(self, member: MemberId, sealed: bytes, about: bytes) -> str | None:
        """None once the key is destroyed."""
        with self._readable():
            key = self._key(member)
        return None if key is None else self.secret.unseal(sealed, key, member.encode() + about).decode()

    def _own_key(self, member: MemberId) -> bytes:
        """Made where there is none yet."""
        with self._readable():
            key = self._key(member)
            if key is None:
                key = os.urandom(_KEY_BYTES)
                wrapped = self.secret.seal(key, about=member.encode())
                self._file().execute("INSERT INTO keys (member, wrapped) VALUES (?, ?)", (member, wrapped))
        return key

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Keys that are made meanwhile come in one commit; they are durable when it is left."""
        with self._readable():
            file = self._file()
            file.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._readable():
                file.execute("COMMIT")
        except BaseException:
            if self._open is file and file.in_transaction:  # Damage has closed it, a full disk rolled back.
                file.execute("ROLLBACK")
            raise

    def unseal(self, member: MemberId, sealed: bytes) -> Private | None:
        """None once the key is destroyed."""
        with self._readable():
            key = self._key(member)
        if key is None:
            return None
        return opened(self.secret, member, sealed, key)

    def destroy(self, member: MemberId) -> None:
        """Returns when the key is gone from the disk (`secure_delete`). Again is as good as once.

        That the member was erased stays here too: a restore over a ledger that cannot be read must know it.
        """
        with self._readable():
            run = self._file().execute
            run("BEGIN IMMEDIATE")
            try:
                run("DELETE FROM keys WHERE member = ?", (member,))
                run("INSERT OR IGNORE INTO erased (member) VALUES (?)", (member,))
                run("COMMIT")
            except BaseException:
                run("ROLLBACK")
                raise

    def erased(self) -> set[MemberId]:
        """Whose key was destroyed here, ever."""
        return {MemberId(row[0]) for row in self._file().execute("SELECT member FROM erased")}

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

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        """Damage of this file is none of the ledger's. It is opened anew each time: somebody may mend it."""
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.InternalError):
            raise  # The disk, which the ledger lies on too.
        except (sqlite3.DatabaseError, LedgerDamaged) as fault:
            self.close()
            raise PeopleLocked(f"{self._path}: {fault}") from fault

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
                opened.execute("CREATE TABLE IF NOT EXISTS erased (member TEXT PRIMARY KEY) STRICT")
                self._path.chmod(0o600)
            except BaseException:
                opened.close()
                raise
            self._open = opened
        return self._open


def opened(secret: Secret, member: MemberId, sealed: bytes, key: bytes) -> Private:
    """What was sealed under a member's key. Raises LedgerDamaged when that does not open it."""
    clear = secret.unseal(sealed, key, member.encode())
    name, phone, plate, salt, told = _sealed.decode(clear)
    return Private(name=name, phone=phone, plate=plate, salt=salt, told=told)


def traces_of(private: Private) -> set[str]:
    """What finds this person: last four digits, beginnings of the initials and of Latin words, characters.

    Of Chinese characters each two and three, too, in no order, and with the digits each character and first
    letter: what very many people have in common one by one, few have together.
    """
    name, ways = private.name[:_NAME_MAX], private.initials.lower().split()[:WAYS_MAX]
    initials = [way[: _WAY_MAX if at else _NAME_MAX] for at, way in enumerate(ways)]
    words, characters = [*initials, *_latin_words(name)], _characters(name)
    found = {f"name:{one}" for one in characters}
    for many in _TOGETHER:
        found |= {_together(some) for some in combinations(_chinese(name), many)}
    for word in words:
        found |= {f"initials:{word[:length]}" for length in range(1, len(word) + 1)}
    if len(private.phone) >= _LAST_DIGITS:
        last = private.phone[-_LAST_DIGITS:]
        found.add(f"last:{last}")
        found |= {f"tail:{last}{one}" for one in (*characters, *(word[:1] for word in words)) if one}
    return found


def asked_traces(text: str) -> list[str]:
    """What a search looks for, all of which must be there; what fewest people have comes first.

    Of a word of four digits a phone's last, of other words their beginnings and characters.
    """
    digits, rest = [], []
    for word in text[:_NAME_MAX].split():
        if not (word.isascii() and word.isdigit()):
            rest.append(word)
        elif len(word) == _LAST_DIGITS:
            digits.append(word)
        else:
            return []
    said = " ".join(rest)
    latin = sorted({f"initials:{word}" for word in _latin_words(said)}, key=len, reverse=True)
    tails = [f"tail:{last}{one}" for last in digits for one in sorted(_characters(said))]
    tails += [f"tail:{last}{word[:1]}" for last in digits for word in sorted(_latin_words(said))]
    if tails:  # They say all but how the words go on.
        return [*tails, *latin]
    return [*(f"last:{last}" for last in digits), *_asked_characters(said), *latin]


def _asked_characters(text: str) -> list[str]:
    """Chinese ones as many together as are kept."""
    chinese, single = _chinese(text), _characters(text)
    many = min(len(chinese), _TOGETHER[-1])
    if many < _TOGETHER[0]:
        return [f"name:{one}" for one in sorted(single)]
    windows = [_together(chinese[at : at + many]) for at in range(len(chinese) - many + 1)]
    return [*windows, *(f"name:{one}" for one in sorted(single.difference(chinese)))]


def _chinese(text: str) -> list[str]:
    """Its different characters, as many as are put together."""
    return list(dict.fromkeys(one for one in _folded(text) if _is_chinese(one)))[:_PUT_TOGETHER_MAX]


def _is_chinese(one: str) -> bool:
    """CJK ideographs, with those of extension A and beyond the first plane."""
    return "\u3400" <= one <= "\u9fff" or one >= "\U00020000"


def _together(characters: Sequence[str]) -> str:
    return f"together:{''.join(sorted(characters))}"


def _characters(text: str) -> set[str]:
    """Those that stand for themselves, as in a Chinese name."""
    return {one for one in _folded(text) if one.isalnum() and not "a" <= one <= "z"}


_LATIN = re.compile("[a-z][a-z'\u2019.]*")


def _folded(text: str) -> str:
    """Without case and accents; what is not Latin stays as it is."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))


def _latin_words(text: str) -> list[str]:
    """O'Brien is one word, obrien."""
    return [re.sub(r"[^a-z]", "", word) for word in _LATIN.findall(_folded(text))]


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
        raise LedgerMismatched(
            f"{path}: {len(kept)} bytes are no keys. Put its copy back, from the owner's safe"
        )
    return tuple(kept[place : place + _KEY_BYTES] for place in range(0, len(kept), _KEY_BYTES))


def _trace(key: bytes, text: str) -> bytes:
    return hmac.digest(key, f"trace:{text}".encode(), sha256)[:_TRACE_BYTES]
