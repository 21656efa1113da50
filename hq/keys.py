"""What headquarters is known by: made at the first start, in files that only it may read.

They lie beside the database and not in it: a copy of the database opens nothing and signs nothing, and a
restored one brings no old key back.

    hq.key          Ed25519; signs answers, pinned by every terminal
    code.key        Ed25519; signs member codes
    hq.next.key, code.next.key
                    announced to the sites, and not in use yet
    hq.retired, code.retired
                    the public half of the one before
    box.key         X25519; what is sealed to headquarters is sealed to it
    enrol.key       32 random bytes; one-time codes and marks are made from it and stored nowhere
    authority.key   P-256; signs certificates
    authority.pem   the authority's own certificate
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.core.directives import KeyUse
from terminal.core.wire.enrol import SECRET_BYTES
from terminal.runtime.authority import Authority, kept_authority
from terminal.runtime.box import box_public, opened
from terminal.runtime.durable import put, read_or_make, sync_folder

_KEY_BYTES = 32


class KeysUnusable(Exception):
    """A key's file is not what it should be; `str()` says which."""


class Keys:
    """All of them, in memory. Those that sign follow their files: a rotation needs no restart."""

    def __init__(  # noqa: PLR0913  one for each use
        self,
        *,
        hq: bytes,
        code: bytes,
        box: bytes,
        enrol: bytes,
        authority: Authority,
        folder: Path | None = None,
    ) -> None:
        """32 bytes each. `folder`: where the files are."""
        self._hq = _Signing(hq, _path(folder, KeyUse.HQ) if folder else None)
        self._code = _Signing(code, _path(folder, KeyUse.CODE) if folder else None)
        self._box = box
        self._enrol = enrol
        self.authority = authority
        self.box_key = box_public(box)

    @property
    def hq_key(self) -> bytes:
        return _public(self._hq.key())

    @property
    def code_key(self) -> bytes:
        return _public(self._code.key())

    def sign(self, message: bytes) -> bytes:
        return self._hq.key().sign(message)

    def sign_code(self, message: bytes) -> bytes:
        """Of a member's code."""
        return self._code.key().sign(message)

    def opened(self, box: bytes, about: bytes) -> bytes:
        """Raises BoxSpoilt."""
        return opened(self._box, box, about=about)

    def mac(self, message: bytes) -> bytes:
        """By which headquarters knows again what it said. 32 bytes."""
        return hmac.digest(self._enrol, message, sha256)

    def secret_of(self, *about: str) -> bytes:
        """Of a one-time code. Whoever has the database alone cannot tell it."""
        message = "\n".join(("card-terminal one-time code 1", *about)).encode()
        return self.mac(message)[:SECRET_BYTES]


class _Signing:
    """A key that signs, as its file has it now; where the file cannot be read, as it was last."""

    def __init__(self, seed: bytes, path: Path | None) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._path = path
        self._seen = _seen(path)

    def key(self) -> Ed25519PrivateKey:
        if self._path is not None and (seen := _seen(self._path)) != self._seen and seen is not None:
            self._key = Ed25519PrivateKey.from_private_bytes(self._path.read_bytes())
            self._seen = seen
        return self._key


def _seen(path: Path | None) -> tuple[int, int] | None:
    """What differs once another file has taken its place."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns) if found else None


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def _path(folder: Path, use: KeyUse, *more: str) -> Path:
    return folder / ".".join((use, *more, "key"))


def current_in(folder: Path, use: KeyUse) -> bytes:
    """The public half of the one that signs now."""
    return _public(Ed25519PrivateKey.from_private_bytes(_path(folder, use).read_bytes()))


def announced_in(folder: Path, use: KeyUse) -> bytes:
    """The public half of the next one; empty: there is none."""
    try:
        seed = _path(folder, use, "next").read_bytes()
    except FileNotFoundError:
        return b""
    return _public(Ed25519PrivateKey.from_private_bytes(seed))


def made_in(folder: Path, use: KeyUse) -> bytes:
    """The same, made where there is none. Durable when it returns."""
    seed = read_or_make(_path(folder, use, "next"), _KEY_BYTES)
    return _public(Ed25519PrivateKey.from_private_bytes(seed))


def retired_in(folder: Path, use: KeyUse) -> bytes:
    """The public half of the one before; empty: there was none."""
    try:
        return bytes.fromhex((folder / f"{use}.retired").read_text())
    except FileNotFoundError:
        return b""


def switched_in(folder: Path, use: KeyUse) -> None:
    """The next one signs from now on, and nothing is left of the one before but its public half.

    What was interrupted is gone on with: the next one's file goes last.
    """
    following = _path(folder, use, "next")
    if current_in(folder, use) != announced_in(folder, use):
        put(folder / f"{use}.retired", current_in(folder, use).hex().encode())
        put(_path(folder, use), following.read_bytes())
    following.unlink()
    sync_folder(folder)


def keys_in(folder: Path, *, serial: int, now_ms: int) -> Keys:
    """Those of the folder; what is missing is made, its authority with that serial number.

    Raises:
        KeysUnusable: something there is no such key.
        OSError: the folder cannot be read or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return Keys(
            hq=read_or_make(folder / "hq.key", _KEY_BYTES),
            code=read_or_make(folder / "code.key", _KEY_BYTES),
            box=read_or_make(folder / "box.key", _KEY_BYTES),
            enrol=read_or_make(folder / "enrol.key", _KEY_BYTES),
            authority=kept_authority(folder, serial=serial, now_ms=now_ms),
            folder=folder,
        )
    except ValueError as fault:
        raise KeysUnusable(str(fault)) from fault
