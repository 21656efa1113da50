"""A virtual SAM: master keys that never leave it, AES by ISO 7816-8 and triple DES as a PSAM has it.

Its half of `codecs.sam`, with real ciphers; diversification is the product's own code, which tests hold to
the published examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from terminal.core.aes import BLOCK_BYTES, decrypted, diversified, diversified_3des, encrypted, encrypted_3des
from terminal.drivers.virtual.storage_cards import NO_INSTRUCTION, NOT_FOUND, NOT_PERMITTED, OK, ChipCard

_WRONG_LENGTH, _NO_KEY = b"\x67\x00", b"\x6a\x88"
_REFERENCE, _BY = 0x83, 0x94


class VirtualSam(ChipCard):
    """With contacts, by the protocol T=0.

    Args:
        masters: by their references; AES of 16 bytes each.
        des: by usage and version; triple DES of 16 bytes each.
        application: name of the folder that they lie in; empty: the first one.
    """

    atr = bytes.fromhex("3B6500002063CB6800")

    def __init__(
        self,
        masters: Mapping[int, bytes],
        des: Mapping[tuple[int, int], bytes] | None = None,
        *,
        application: str = "",
    ) -> None:
        super().__init__()
        self._masters, self._des = dict(masters), dict(des or {})
        self._application = bytes.fromhex(application)
        self.said: list[bytes] = []
        """Every answer that it gave, for whoever looks for keys in them."""
        self.powered()

    def powered(self) -> None:
        self._selected = not self._application
        self._key = self._des_key = self._waiting = b""

    def answer(self, apdu: bytes) -> bytes:
        if len(apdu) > 5 and len(apdu) != 5 + apdu[4]:  # noqa: PLR2004
            return _WRONG_LENGTH  # T=0 has no command that carries bytes and says how many it wants.
        answer = self._answered(apdu, apdu[5:])
        self.said.append(answer)
        return answer

    def _answered(self, apdu: bytes, data: bytes) -> bytes:
        head = apdu[:4].hex()
        if head == "00a40400":
            self._selected = data == self._application
            return OK if self._selected else NOT_FOUND
        if not self._selected:
            return NOT_PERMITTED
        commands: dict[str, Callable[[], bytes]] = {
            "00c00000": lambda: self._response(apdu[4]),
            "0022c1b8": lambda: self._set(data),
            "002a8680": lambda: self._ciphered(data, deciphers=False),
            "002a8086": lambda: self._ciphered(data, deciphers=True),
            "80fa0000": lambda: self._des_of(data),
        }
        if head.startswith("801a"):
            return self._des_for((apdu[2], apdu[3]), data)
        return commands.get(head, lambda: NO_INSTRUCTION)()

    def _response(self, size: int) -> bytes:
        waiting, self._waiting = self._waiting, b""
        return waiting[:size] + OK

    def _set(self, data: bytes) -> bytes:
        told: dict[int, bytes] = {}
        while data:
            told[data[0]], data = data[2 : 2 + data[1]], data[2 + data[1] :]
        master = self._masters.get(told[_REFERENCE][0])
        if master is None:
            return _NO_KEY
        self._key = diversified(master, told[_BY]) if _BY in told else master
        return OK

    def _ciphered(self, data: bytes, *, deciphers: bool) -> bytes:
        if not self._key:
            return NOT_PERMITTED
        if deciphers:
            data = data[1:] if data[:1] == b"\x02" else b""
        if not data or len(data) % BLOCK_BYTES:
            return _WRONG_LENGTH
        if deciphers:
            return self._fetched(decrypted(self._key, data))
        return self._fetched(b"\x02" + encrypted(self._key, data))

    def _des_for(self, which: tuple[int, int], number: bytes) -> bytes:
        master = self._des.get(which)
        own = diversified_3des(master, number.hex()) if master else None
        if own is None:
            return _NO_KEY
        self._des_key = own
        return OK

    def _des_of(self, data: bytes) -> bytes:
        return self._fetched(encrypted_3des(self._des_key, data)) if self._des_key else NOT_PERMITTED

    def _fetched(self, answer: bytes) -> bytes:
        """By GET RESPONSE."""
        self._waiting = answer
        return b"\x61" + bytes([len(answer)])
