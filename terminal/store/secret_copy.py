"""The site's secret outside this machine: as a code for paper and file, and whether that was ever taken.

Backups open with nothing else, and it is in none of them: its copy lies apart, in the owner's safe.
"""

from __future__ import annotations

import base64
import hmac
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from terminal.core.errors import LedgerDamaged
from terminal.runtime.durable import put, sync_folder
from terminal.store.backup import BackupRefused, read_only, secret_of
from terminal.store.checkpoints import check_secret
from terminal.store.file import Lock
from terminal.store.queries import queries
from terminal.store.sealed import Secret

PUT_BACK: Final = (
    "Put the shop's secret back first, from the owner's safe: sudo terminal menu, 7, 8,"
    " or sudo terminal ledger secret-back FILE"
)
_LINE_BYTES = 10
_LINE_CHARS = 20
"""Sixteen that say it, four that check them."""
_CHECK_CHARS = 4
_GROUP = 4
_KEY_BYTES = 32
_KEYS_MIN, _KEYS_MAX = 2, 10
_WRAPS = slice(_KEY_BYTES, 2 * _KEY_BYTES)
"""Of them, the one that members' keys are wrapped with."""
_TAKEN = b"card-terminal secret taken 1"
_MISREAD = str.maketrans("018", "OIB")
"""No code has these: they were read for those."""


class NoCode(BackupRefused):
    """What was read or keyed is no whole code. The text says in which line, and nothing of it."""


def code_of(kept: bytes) -> list[str]:
    """Lines of five groups of four: A to Z and 2 to 7 (RFC 4648, base 32). The last group checks its line."""
    whole = bytes([len(kept) // _KEY_BYTES]) + kept
    whole += bytes(-len(whole) % _LINE_BYTES)
    return [
        _line(number, whole[place : place + _LINE_BYTES])
        for number, place in enumerate(range(0, len(whole), _LINE_BYTES), 1)
    ]


def is_kept(data: bytes) -> bool:
    """Whether that may be the file of a secret itself."""
    return len(data) % _KEY_BYTES == 0 and _KEYS_MIN <= len(data) // _KEY_BYTES <= _KEYS_MAX


def secret_in(text: str) -> bytes:
    """Of such lines, or all of them on one; what begins with `#` is none. Raises NoCode."""
    said = " ".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    chars = "".join(said.replace("-", " ").split()).upper().translate(_MISREAD)
    whole = b"".join(_parts(chars))
    size = whole[0] * _KEY_BYTES if whole else 0
    if not _KEYS_MIN <= size // _KEY_BYTES <= _KEYS_MAX or not size < len(whole) <= size + _LINE_BYTES:
        raise NoCode("the code is not whole: a line of it is missing, or there twice")
    return whole[1 : size + 1]


def _parts(chars: str) -> Iterator[bytes]:
    for number, place in enumerate(range(0, len(chars), _LINE_CHARS), 1):
        line, part = chars[place : place + _LINE_CHARS], b""
        with suppress(ValueError):
            part = base64.b32decode(line[:-_CHECK_CHARS])
        if len(part) != _LINE_BYTES or _check(number, part) != line[-_CHECK_CHARS:]:
            raise NoCode(f"line {number} of the code is not as it was printed: compare it")
        yield part


def _line(number: int, part: bytes) -> str:
    chars = base64.b32encode(part).decode() + _check(number, part)
    return " ".join(chars[place : place + _GROUP] for place in range(0, _LINE_CHARS, _GROUP))


def _check(number: int, part: bytes) -> str:
    return base64.b32encode(sha256(bytes([number]) + part).digest())[:_CHECK_CHARS].decode()


# Whether it was taken.


def _taken_path(ledger: Path) -> Path:
    return ledger.with_suffix(".taken")


def taken(ledger: Path) -> bool | None:
    """Whether the secret as it is now was taken away once; joining headquarters makes it another.

    None: there is none, or whoever asks may not look.
    """
    try:
        kept = secret_of(ledger).path.read_bytes()
    except (OSError, BackupRefused, LedgerDamaged):
        return None
    try:
        return hmac.compare_digest(_taken_path(ledger).read_bytes(), _mark(kept))
    except FileNotFoundError:
        return False
    except OSError:
        return None


def note_taken(ledger: Path, kept: bytes) -> None:
    """Raises OSError."""
    put(_taken_path(ledger), _mark(kept))


def _mark(kept: bytes) -> bytes:
    return hmac.digest(kept, _TAKEN, sha256)


# Back onto a new disk.


def put_back(ledger: Path, kept: bytes, *, over_whole: bool = False) -> Path | None:
    """In the place of what a new terminal began with, which is kept: where, or None where none was there.

    So are members' keys that the one that was there wraps: under another they open nothing, and no backup of
    them verifies.

    `over_whole`: also where the ledger that is there has entries that go by the secret that is there.

    Raises:
        BackupRefused: it has. Nothing was changed.
        LedgerClosed: a terminal runs.
        OSError: the disk does not let us.
    """
    path = ledger.with_suffix(".secret")
    lock = Lock(ledger)
    try:
        there = path.read_bytes() if path.exists() else b""
        if there == kept:
            note_taken(ledger, kept)
            return None
        if there and not over_whole and (entries := _entries_under(ledger, path)):
            raise BackupRefused(
                f"{ledger}: {entries} entries go by the secret that is there, and would open with no other."
                " Where they shall go for a backup, say --over-whole"
            )
        aside = _aside(path) if there else None
        if aside is not None:
            keys = ledger.with_suffix(".keys")
            if keys.exists() and there[_WRAPS] != kept[_WRAPS]:
                keys.rename(aside.with_suffix(".keys"))  # First: cut off here, it is done again.
            put(aside, there)
        put(path, kept)
        note_taken(ledger, kept)
        sync_folder(path.parent)
        return aside
    finally:
        lock.release()


def _entries_under(ledger: Path, secret: Path) -> int:
    if not ledger.is_file() or not ledger.stat().st_size:
        return 0
    try:
        with closing(read_only(ledger)) as here:
            check_secret(here, Secret(secret))
            head = here.execute(queries()["head"]).fetchone()
            return int(head[0]) if head else 0
    except (LedgerDamaged, sqlite3.Error):
        return 0


def _aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.stem}.before-{number}.secret")).exists():
        number += 1
    return aside
