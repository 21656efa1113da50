"""What an answer to reset says about the chip behind it (ISO 7816-3, section 8.2).

What readers send for contactless cards is in PC/SC part 3, section 3.1.3.2.

It chooses which conversation is tried. It is no proof of anything: a chip may send any.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

_RID: Final = bytes.fromhex("A000000306")
"""Of the PC/SC workgroup: in front of what a reader says about a contactless storage card."""
_STORAGE = b"\x80\x4f"
_CLASSIC = {0x0001, 0x0002, 0x0026}
"""MIFARE Classic 1K, 4K, Mini (PC/SC part 3 supplemental document, card names)."""
_SLE4442, _SLE4428 = b"\xa2\x13\x10\x91", b"\x92\x23\x10\x91"
"""The four header bytes that these memory chips answer a reset with, which readers put in an ATR."""
_NAME_AT = 3 + len(_RID) + 1
"""80 4F length, RID, standard: then two bytes of card name."""
_PRESENCE_BITS = 4
_TD = 0x8
_FIRST = 2
"""TS and T0 are always there."""


class Chip(StrEnum):
    CLASSIC = "classic"
    """MIFARE Classic: blocks behind a key of 6 bytes."""
    STORAGE = "storage"
    """Another contactless storage card, such as Ultralight and NTAG 21x."""
    SLE4442 = "sle4442"
    SLE4428 = "sle4428"
    CONTACTLESS = "contactless"
    """ISO 14443-4: it takes APDUs, such as DESFire, NTAG 424 DNA and dual-interface cards."""
    CONTACT = "contact"
    """ISO 7816-3 with contacts."""


def chip_of(atr: bytes) -> Chip:
    """Of any bytes: what cannot be understood is taken for a card with contacts."""
    historical, levels = _historical(atr)
    if historical.startswith(_STORAGE) and historical[3:].startswith(_RID):
        name = int.from_bytes(historical[_NAME_AT : _NAME_AT + 2], "big")
        return Chip.CLASSIC if name in _CLASSIC else Chip.STORAGE
    if _SLE4442 in historical:
        return Chip.SLE4442
    if _SLE4428 in historical:
        return Chip.SLE4428
    return Chip.CONTACTLESS if levels == b"\x80\x01" else Chip.CONTACT


def _historical(atr: bytes) -> tuple[bytes, bytes]:
    """Historical bytes, and the interface bytes TD1, TD2, ... (readers of contactless cards send 80 01)."""
    if len(atr) < _FIRST:
        return b"", b""
    count, follow, at, levels = atr[1] & 0xF, atr[1] >> _PRESENCE_BITS, _FIRST, bytearray()
    while follow:
        at += (follow & ~_TD).bit_count()  # TA, TB, TC
        if not follow & _TD or at >= len(atr):
            break
        levels.append(atr[at])
        follow, at = atr[at] >> _PRESENCE_BITS, at + 1
    return atr[at : at + count], bytes(levels)
