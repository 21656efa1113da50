"""Master keys of card issuers, in a file of headquarters alone; a card's own key is diversified from them.

They lie beside the database and not in it, as headquarters' own keys do: `card-masters.json`, for its owner
only. A hardware module can stand in its place: whoever authenticates cards asks only for `of`.
"""

from __future__ import annotations

import hmac
import re
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import msgspec

from terminal.core.aes import diversified, diversified_3des
from terminal.core.chips import diversified_by
from terminal.core.values import Value
from terminal.runtime.durable import put

MASTERS_FILE = "card-masters.json"
MARK_BYTES: Final = 4
_KEY_BYTES = 16


class MastersUnusable(Exception):
    """The file is not what it should be; `str()` says which."""


class MasterUse(StrEnum):
    DESFIRE = "desfire"  # AES mutual authentication; a card's own key by AN10922
    SUN = "sun"  # the MAC of an NTAG 424 DNA's URL; a card's own key by AN10922
    SUN_META = "sun_meta"  # opens UID and counter in that URL; common to all cards
    CPU = "cpu"  # triple DES, internal authentication; a card's own key by JR/T 0025


_APPLICATION = {
    MasterUse.DESFIRE: re.compile(r"[0-9A-F]{6}"),
    MasterUse.SUN: re.compile(""),
    MasterUse.SUN_META: re.compile(""),
    MasterUse.CPU: re.compile(r"([0-9A-F]{2}){1,16}"),
}
_BY_SYSTEM = frozenset({MasterUse.DESFIRE, MasterUse.SUN})


class Master(Value, frozen=True, kw_only=True):
    """Of one application of one merchant's cards. Raises ValueError for one that cannot be."""

    merchant: str
    use: MasterUse = MasterUse.DESFIRE
    application: str = ""
    """AID of the DESFire application, or name of the CPU card's folder, as it is written; else empty."""
    system: Annotated[str, msgspec.Meta(pattern=r"^[ -~]{0,16}\Z")] = ""
    """The issuer's name for it, which the bureau diversified by (AN10922)."""
    key: Annotated[bytes, msgspec.Meta(min_length=_KEY_BYTES, max_length=_KEY_BYTES)]

    def __post_init__(self) -> None:
        if not _APPLICATION[self.use].fullmatch(self.application):
            raise ValueError(f"no application of {self.use} is called so")
        if bool(self.system) != (self.use in _BY_SYSTEM):
            raise ValueError(f"a system is what keys for desfire and sun are diversified by, not {self.use}")

    def __repr__(self) -> str:
        """Without the key."""
        return f"Master({self.merchant}, {self.use}, {self.application})"

    __str__ = __repr__

    @property
    def mark(self) -> bytes:
        """By which it is found again in what a site carries."""
        return sha256(f"{self.use}\n{self.application}".encode()).digest()[:MARK_BYTES]

    def of(self, uid: bytes) -> bytes:
        """The key of the card with that UID (AN10922: UID, application, system)."""
        return diversified(self.key, diversified_by(uid, self.application, self.system))

    def of_number(self, number: str) -> bytes | None:
        """The key of the CPU card with that number; None: its numbers have 16 digits."""
        return diversified_3des(self.key, number)

    def derived(self, about: bytes) -> bytes:
        """32 bytes for us alone: nobody without the master can make them."""
        return hmac.digest(self.key, about + self.merchant.encode(), sha256)


class Masters:
    """In memory, as they were at the start."""

    def __init__(self, masters: tuple[Master, ...] = ()) -> None:
        self._masters = {(one.merchant, one.use, one.application): one for one in masters}

    def get(self, merchant: str, use: MasterUse, application: str = "") -> Master | None:
        return self._masters.get((merchant, use, application))

    def marked(self, merchant: str, mark: bytes) -> Master | None:
        found = (one for one in self._masters.values() if one.merchant == merchant and one.mark == mark)
        return next(found, None)


def masters_in(path: Path) -> Masters:
    """None of them where there is no file. Raises MastersUnusable."""
    return Masters(_read(path))


def keep(path: Path, master: Master) -> None:
    """In the place of one of the same use and application. Raises MastersUnusable."""
    kept = {(one.merchant, one.use, one.application): one for one in (*_read(path), master)}
    put(path, msgspec.json.encode(list(kept.values())))


def _read(path: Path) -> tuple[Master, ...]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Master, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError, UnicodeError) as fault:
        raise MastersUnusable(f"{path}: {type(fault).__name__}") from fault
