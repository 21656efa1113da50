"""Secure messaging of DESFire EV2, EV3 and NTAG 424 DNA with AES-128: mutual authentication, then MACs.

NXP AN12196 rev. 1.8 section 5 (messaging) and 6.6 (AuthenticateEV2First), AN12343 for DESFire Light. Native
commands are wrapped in ISO 7816-4 APDUs: class 90, status 91xx.
"""

from __future__ import annotations

import hmac
from typing import Final

from terminal.core.aes import BLOCK_BYTES, cmac, decrypted, encrypted, session_keys, truncated
from terminal.core.errors import CardNotGenuine, UnknownCard
from terminal.core.values import Value
from terminal.drivers.codecs.apdu import Conversation, heard

OK: Final = 0x9100
_MORE = 0x91AF
_DELAY = 0x91AD
_FIRST = 0x71
_NEXT = 0xAF
_IV_ANSWER = bytes.fromhex("5AA5")
_TI_BYTES, _MAC_BYTES = 4, 8


class Session(Value, frozen=True, kw_only=True):
    """Both sides hold the key. Frozen: every command makes the next one."""

    ti: bytes
    """Transaction identifier, 4 bytes."""
    enc: bytes
    mac: bytes
    counter: int = 0
    """Of commands."""

    def after(self) -> Session:
        return Session(ti=self.ti, enc=self.enc, mac=self.mac, counter=self.counter + 1)

    def command_mac(self, instruction: int, header: bytes) -> bytes:
        return self._mac(bytes([instruction]), self.counter, header)

    def answer_mac(self, data: bytes) -> bytes:
        """Of an answer that says all is well, to the command just sent."""
        return self._mac(b"\0", self.counter + 1, data)

    def _mac(self, code: bytes, counter: int, data: bytes) -> bytes:
        return truncated(cmac(self.mac, code + counter.to_bytes(2, "little") + self.ti + data))

    def answer_iv(self) -> bytes:
        told = _IV_ANSWER + self.ti + (self.counter + 1).to_bytes(2, "little")
        return encrypted(self.enc, told.ljust(BLOCK_BYTES, b"\0"))


def wrapped(instruction: int, data: bytes = b"") -> bytes:
    """As an APDU."""
    body = bytes([len(data)]) + data if data else b""
    return bytes([0x90, instruction, 0, 0]) + body + b"\0"


def authenticated(key: bytes, key_number: int, rnd_a: bytes) -> Conversation[Session]:
    """AuthenticateEV2First. `rnd_a`: 16 random bytes, never used again.

    Raises CardTorn; UnknownCard: it cannot; CardNotGenuine: the card has another key.
    """
    rnd_b = decrypted(key, (yield from challenge(key_number)))
    clear = decrypted(key, (yield from answer_to(encrypted(key, rnd_a + rnd_b[1:] + rnd_b[:1]))))
    if not hmac.compare_digest(clear[_TI_BYTES : _TI_BYTES + BLOCK_BYTES], rnd_a[1:] + rnd_a[:1]):
        raise CardNotGenuine("it did not prove that it has the key of this site")
    enc, mac = session_keys(key, rnd_a, rnd_b)
    return Session(ti=clear[:_TI_BYTES], enc=enc, mac=mac)


def challenge(key_number: int) -> Conversation[bytes]:
    """Its first part: what the card wants to have decrypted, 16 bytes. Raises CardTorn, UnknownCard."""
    sealed, status = heard((yield wrapped(_FIRST, bytes([key_number, 0]))))
    if status == _DELAY:
        raise UnknownCard("it makes one wait, after too many wrong keys")
    if status != _MORE or len(sealed) != BLOCK_BYTES:
        raise UnknownCard(f"asked to authenticate it answered {len(sealed)} bytes and {status:04x}")
    return sealed


def answer_to(proof: bytes) -> Conversation[bytes]:
    """Its second part: what the card says to our proof, 32 bytes. Raises CardTorn, CardNotGenuine."""
    sealed, status = heard((yield wrapped(_NEXT, proof)))
    if status != OK or len(sealed) != 2 * BLOCK_BYTES:
        raise CardNotGenuine(f"it does not take the key of the shop: it answered {status:04x}")
    return sealed


def maced(session: Session, instruction: int, header: bytes = b"") -> Conversation[bytes]:
    """The data of an answer whose MAC is right; sent and heard in CommMode.MAC.

    Raises CardTorn; UnknownCard: it may not be read so; CardNotGenuine: somebody else answered.
    """
    command = wrapped(instruction, header + session.command_mac(instruction, header))
    answer, status = heard((yield command))
    if status != OK:
        raise UnknownCard(f"command {instruction:02x}: it answered {status:04x}")
    data, mac = answer[:-_MAC_BYTES], answer[-_MAC_BYTES:]
    if not hmac.compare_digest(session.answer_mac(data), mac):
        raise CardNotGenuine("the MAC of its answer is wrong")
    return data


def sealed(session: Session, instruction: int, header: bytes = b"") -> Conversation[bytes]:
    """The same in CommMode.FULL: the answer is encrypted too."""
    data = yield from maced(session, instruction, header)
    if not data or len(data) % BLOCK_BYTES:
        raise UnknownCard(f"command {instruction:02x}: {len(data)} encrypted bytes")
    clear, mark, rest = decrypted(session.enc, data, session.answer_iv()).rpartition(b"\x80")
    if not mark or rest.strip(b"\0"):
        raise UnknownCard(f"command {instruction:02x}: its answer is not filled up as it should be")
    return clear
