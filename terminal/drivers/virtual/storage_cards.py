"""Virtual cards that only keep bytes: MIFARE Classic, Ultralight and NTAG 21x, SLE4442 and SLE4428.

They answer as their readers would: PC/SC part 3 for contactless ones, the pseudo-APDUs of ACS readers for
those with contacts.
"""

from __future__ import annotations

from terminal.drivers.virtual.vpcd_card import contactless_atr

OK = b"\x90\x00"
FAILED = b"\x63\x00"
NO_INSTRUCTION = b"\x6d\x00"
NOT_PERMITTED = b"\x69\x82"
NOT_FOUND = b"\x6a\x82"
_GET_DATA, _LOAD_KEY, _AUTHENTICATE, _READ, _SELECT_TYPE = (
    b"\xff\xca", b"\xff\x82", b"\xff\x86", b"\xff\xb0", b"\xff\xa4",
)  # fmt: skip
_RID = bytes.fromhex("804F0CA000000306")
_BLOCK_BYTES, _BLOCKS, _PAGE_BYTES = 16, 4, 4
_PAGES_READ = 16
_KEY_A = 0x60


class ChipCard:
    """What every virtual chip has, and how it may misbehave."""

    atr = b""

    def __init__(self, uid: bytes = b"") -> None:
        self.uid = uid
        self.tear_at: int | None = None
        self.mute = False

    def powered(self) -> None:
        """Nothing was proven."""

    def answer(self, apdu: bytes) -> bytes:
        if apdu[:2] == _GET_DATA and self.uid:
            return self.uid + OK
        return NO_INSTRUCTION


def storage_atr(name: int, standard: int = 0x03) -> bytes:
    """Of a contactless storage card with that card name (PC/SC part 3 supplemental document)."""
    return contactless_atr(_RID + bytes([standard]) + name.to_bytes(2, "big") + bytes(4))


class VirtualClassic(ChipCard):
    """MIFARE Classic 1K. `blocks` by number; every sector has the same key A."""

    atr = storage_atr(0x0001)

    def __init__(self, uid: bytes, *, key: bytes, blocks: dict[int, bytes]) -> None:
        super().__init__(uid)
        self._key = key
        self._blocks = blocks
        self._loaded = b""
        self._open: int | None = None

    def powered(self) -> None:
        self._open = None

    def answer(self, apdu: bytes) -> bytes:
        if apdu[:2] == _LOAD_KEY:
            self._loaded = apdu[5:11]
            return OK
        if apdu[:2] == _AUTHENTICATE:
            fits = apdu[8] == _KEY_A and self._loaded == self._key
            self._open = apdu[7] // _BLOCKS if fits else None
            return OK if fits else FAILED
        if apdu[:2] == _READ:
            if self._open != apdu[3] // _BLOCKS:
                return NOT_PERMITTED
            return self._blocks.get(apdu[3], bytes(_BLOCK_BYTES))[: apdu[4]] + OK
        return super().answer(apdu)


class VirtualNtag(ChipCard):
    """NTAG 213 with that content from page 4 on (TLV blocks)."""

    atr = storage_atr(0x0003)

    def __init__(self, uid: bytes, *, content: bytes) -> None:
        super().__init__(uid)
        self._memory = (bytes(12) + bytes.fromhex("E1101200") + content).ljust(180, b"\0")

    def answer(self, apdu: bytes) -> bytes:
        if apdu[:2] != _READ:
            return super().answer(apdu)
        start = apdu[3] * _PAGE_BYTES
        if start >= len(self._memory):
            return FAILED
        rolled = self._memory[start:] + self._memory  # At its end it begins anew.
        return rolled[:_PAGES_READ] + OK


def ndef(record: bytes) -> bytes:
    """The TLV blocks of a message of that one record."""
    return bytes([0x03, len(record)]) + record + b"\xfe"


def text_record(text: str) -> bytes:
    """NFC Forum Text RTD, in English and UTF-8."""
    payload = b"\x02en" + text.encode()
    return bytes([0xD1, 1, len(payload)]) + b"T" + payload


def uri_record(uri: str) -> bytes:
    """NFC Forum URI RTD, `https://` shortened."""
    payload = b"\x04" + uri.removeprefix("https://").encode()
    return bytes([0xD1, 1, len(payload)]) + b"U" + payload


class VirtualMemoryCard(ChipCard):
    """SLE4442 (256 bytes) or, with `large`, SLE4428 (1,024)."""

    def __init__(self, content: bytes, *, large: bool = False) -> None:
        super().__init__()
        header = b"\x92\x23\x10\x91" if large else b"\xa2\x13\x10\x91"
        self.atr = b"\x3b\x04" + header
        self._type = 0x05 if large else 0x06
        self._memory = (header + content).ljust(1024 if large else 256, b"\xff")
        self._selected = False

    def powered(self) -> None:
        self._selected = False

    def answer(self, apdu: bytes) -> bytes:
        if apdu[:2] == _SELECT_TYPE:
            self._selected = apdu[5] == self._type
            return OK if self._selected else FAILED
        if apdu[:2] == _READ and self._selected:
            at = int.from_bytes(apdu[2:4], "big")
            return self._memory[at : at + apdu[4]] + OK
        return super().answer(apdu)
