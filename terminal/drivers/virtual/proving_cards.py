"""Virtual cards that prove themselves: NTAG 424 DNA, DESFire EV2, and an ISO 7816-4 card of the FMCOS kind.

The card's half of the protocols, with real ciphers. What both halves compute alike (session keys, MACs) is
the product's own code, which tests hold to the published examples.
"""

from __future__ import annotations

import hmac
import os
from typing import Final

from terminal.core.aes import BLOCK_BYTES, cmac, decrypted, encrypted, encrypted_3des, session_keys, truncated
from terminal.drivers.codecs.ev2 import Session
from terminal.drivers.virtual.storage_cards import (
    NO_INSTRUCTION,
    NOT_FOUND,
    NOT_PERMITTED,
    OK,
    ChipCard,
    uri_record,
)
from terminal.drivers.virtual.vpcd_card import contactless_atr

_PROCESSOR_ATR: Final = contactless_atr(b"\x80")
_SELECT_NAME, _SELECT_ID, _READ_BINARY = b"\x00\xa4\x04", b"\x00\xa4\x00", b"\x00\xb0"
_NDEF_NAME, _NDEF_FILE = bytes.fromhex("D2760000850101"), bytes.fromhex("E104")
_WRONG_KEY, _NO_FILE, _NO_COMMAND = b"\x91\xae", b"\x91\xf0", b"\x91\x1c"
_DONE, _MORE, _NO_APPLICATION = b"\x91\x00", b"\x91\xaf", b"\x91\xa0"
_MAC_BYTES = 8
_WRONG_KEY_ISO = b"\x63\xc2"


class VirtualNtag424(ChipCard):
    """NTAG 424 DNA whose URL mirrors UID, counter and MAC anew whenever its file is read from the start."""

    atr = _PROCESSOR_ATR

    def __init__(self, uid: bytes, *, meta_key: bytes, mac_key: bytes, url: str) -> None:
        super().__init__(uid)
        self._meta_key, self._mac_key, self._url = meta_key, mac_key, url
        self.counter = 0
        self._file = b""
        self._selected = False

    def powered(self) -> None:
        self._selected = False

    def answer(self, apdu: bytes) -> bytes:
        if apdu[:3] == _SELECT_NAME:
            self._selected = apdu[5 : 5 + apdu[4]] == _NDEF_NAME
            return OK if self._selected else NOT_FOUND
        if apdu[:3] == _SELECT_ID and self._selected:
            return OK if apdu[5:7] == _NDEF_FILE else NOT_FOUND
        if apdu[:2] == _READ_BINARY and self._selected:
            at = int.from_bytes(apdu[2:4], "big")
            if not at:
                self.counter += 1
                self._file = self._made()
            return self._file[at : at + (apdu[4] or 256)] + OK
        return super().answer(apdu)

    def _made(self) -> bytes:
        told = self.uid + self.counter.to_bytes(3, "little")
        picc = encrypted(self._meta_key, (b"\xc7" + told).ljust(BLOCK_BYTES, b"\x5a"))
        session = cmac(self._mac_key, bytes.fromhex("3CC300010080") + told)
        mac = truncated(cmac(session, b""))
        record = uri_record(f"{self._url}?picc_data={picc.hex().upper()}&cmac={mac.hex().upper()}")
        return len(record).to_bytes(2, "big") + record


class VirtualDesfire(ChipCard):
    """DESFire EV2 with one application, its key 0, and the number in file 1 (CommMode.FULL or MAC)."""

    atr = _PROCESSOR_ATR

    def __init__(
        self, uid: bytes, *, key: bytes, application: str, number: str = "", full: bool = True
    ) -> None:
        super().__init__(uid)
        self._key, self._number, self._full = key, number.encode(), full
        self._application = bytes.fromhex(application)[::-1]
        self._selected = False
        self._rnd_b = b""
        self._session: Session | None = None

    def powered(self) -> None:
        self._selected, self._rnd_b, self._session = False, b"", None

    def answer(self, apdu: bytes) -> bytes:
        if apdu[:1] != b"\x90":
            return super().answer(apdu)
        instruction, data = apdu[1], apdu[5:-1]
        match instruction:
            case 0x5A:
                self._session, self._selected = None, data == self._application
                return _DONE if self._selected else _NO_APPLICATION
            case 0x71 if self._selected:
                self._rnd_b = os.urandom(BLOCK_BYTES)
                return encrypted(self._key, self._rnd_b) + _MORE
            case 0xAF if self._rnd_b:
                return self._proven(data)
            case 0x51 | 0xAD if self._session:
                return self._told(self._session, instruction, data)
            case _:
                return _NO_COMMAND

    def _proven(self, data: bytes) -> bytes:
        rnd_b, self._rnd_b = self._rnd_b, b""
        clear = decrypted(self._key, data)
        rnd_a, back = clear[:BLOCK_BYTES], clear[BLOCK_BYTES:]
        if back != rnd_b[1:] + rnd_b[:1]:
            return _WRONG_KEY
        enc, mac = session_keys(self._key, rnd_a, rnd_b)
        self._session = Session(ti=os.urandom(4), enc=enc, mac=mac)
        return encrypted(self._key, self._session.ti + rnd_a[1:] + rnd_a[:1] + bytes(12)) + _DONE

    def _told(self, session: Session, instruction: int, data: bytes) -> bytes:
        header, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
        if not hmac.compare_digest(session.command_mac(instruction, header), mac):
            return b"\x91\x1e"
        if instruction == 0x51:  # noqa: PLR2004  GetCardUID
            said, full = self.uid, True
        else:
            start, size = int.from_bytes(header[1:4], "little"), int.from_bytes(header[4:7], "little")
            if header[:1] != b"\x01":
                return _NO_FILE
            said, full = self._number.ljust(32, b"\0")[start : start + size], self._full
        if full:
            filled = (said + b"\x80").ljust((len(said) // BLOCK_BYTES + 1) * BLOCK_BYTES, b"\0")
            said = encrypted(session.enc, filled, session.answer_iv())
        self._session = session.after()
        return said + session.answer_mac(said) + _DONE


class VirtualCpuCard(ChipCard):
    """FMCOS: file 21 with the number in one application; it speaks T=0, as those with contacts do.

    `read_key`: of external authentication, without which the number may not be read.
    """

    atr = bytes.fromhex("3B6500002063CB6800")

    def __init__(self, *, number: str, key: bytes, application: str, read_key: bytes = b"") -> None:
        super().__init__()
        self._number, self._key, self._read_key = number.encode(), key, read_key
        self._application = bytes.fromhex(application)
        self._waiting = b""
        self._challenge = b""
        self.wrong_keys = 0
        self.powered()

    def powered(self) -> None:
        self._selected, self._may_read, self._challenge = False, not self._read_key, b""

    def answer(self, apdu: bytes) -> bytes:
        if apdu[:1] != b"\x00":
            return NO_INSTRUCTION
        if len(apdu) > 5 and len(apdu) != 5 + apdu[4]:  # noqa: PLR2004
            return b"\x67\x00"  # T=0 has no command that carries bytes and says how many it wants.
        commands = {
            0xA4: self._select,
            0xC0: self._response,
            0xB0: self._read,
            0x84: self._asked_challenge,
            0x82: self._let_in,
            0x88: self._prove,
        }
        command = commands.get(apdu[1])
        if command is None or not (self._selected or apdu[1] == 0xA4):  # noqa: PLR2004
            return NO_INSTRUCTION
        return command(apdu)

    def _select(self, apdu: bytes) -> bytes:
        self._selected = apdu[5:] == self._application
        return OK if self._selected else NOT_FOUND

    def _response(self, apdu: bytes) -> bytes:
        waiting, self._waiting = self._waiting, b""
        return waiting[: apdu[4]] + OK

    def _read(self, apdu: bytes) -> bytes:
        if apdu[2] != 0x80 | 21:
            return NOT_FOUND
        if not self._may_read:
            return NOT_PERMITTED
        return self._number.ljust(32, b"\xff")[apdu[3] : apdu[3] + apdu[4]] + OK

    def _asked_challenge(self, apdu: bytes) -> bytes:
        self._challenge = os.urandom(apdu[4])
        return self._challenge + OK

    def _prove(self, apdu: bytes) -> bytes:
        self._waiting = encrypted_3des(self._key, apdu[5:13])
        return b"\x61\x08"

    def _let_in(self, apdu: bytes) -> bytes:
        challenge, self._challenge = self._challenge, b""
        if challenge and apdu[5:] == encrypted_3des(self._read_key, challenge):
            self._may_read = True
            return OK
        self.wrong_keys += 1
        return _WRONG_KEY_ISO
