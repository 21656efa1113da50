"""What a bank's card terminal hears and says on a cable: ZVT (ECR Interface PA00P015, transport PA00P016).

A packet is a control field of two bytes, a length and data. On a serial line it stands between DLE STX and
DLE ETX with every DLE doubled, followed by a CRC-16 over packet and ETX, low byte first; each is answered by
ACK or NAK. Of what the terminal says of a payment, only what has no part of a card in it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from terminal.core.values import Value

STX, ETX, ACK, NAK, DLE = 0x02, 0x03, 0x06, 0x15, 0x10
PACKET_BYTES_MAX: Final = 4_096
"""More than any answer has that is waited for; what is longer is no packet."""
AMOUNT_MAX: Final = 10**12 - 1
RECEIPTS: Final = 10_000
"""Receipt numbers have four digits, and begin again."""
_LONG = 0xFF
_HEAD_BYTES, _LONG_HEAD_BYTES = 3, 5
_CRC_BYTES = 2
_POLYNOMIAL = 0x8408  # x^16 + x^12 + x^5 + 1, reflected; begins at 0
_REFUSED_CLASS = 0x84


class Control(IntEnum):
    """PA00P015, chapter "Summary of commands"."""

    DONE = 0x8000
    STATUS = 0x040F
    BETWEEN = 0x04FF
    REGISTRATION = 0x0600
    AUTHORISATION = 0x0601
    COMPLETION = 0x060F
    ABORTED = 0x061E
    REPEAT = 0x0620
    REVERSAL = 0x0630
    ABORT = 0x06B0


class Packet(Value, frozen=True, kw_only=True):
    control: int
    data: bytes = b""

    @property
    def refused(self) -> bool:
        """The command was not taken; it may be that the terminal is busy."""
        return self.control >> 8 == _REFUSED_CLASS

    @property
    def code(self) -> int:
        """Of a refusal or an abort, why (chapter "Error messages")."""
        if self.refused:
            return self.control & 0xFF
        return self.data[0] if self.data else 0


class Sign(IntEnum):
    """Between packets."""

    ACK = ACK
    NAK = NAK


class Spoilt(Value, frozen=True, kw_only=True):
    """A packet that came otherwise than it was sent: it is asked for again by NAK."""

    why: str


Heard = Packet | Sign | Spoilt


class Status(Value, frozen=True, kw_only=True):
    """What became of a payment (04 0F). None: not said."""

    result: int | None = None
    """0: it was done."""
    amount: int | None = None
    """In the smallest unit of the currency."""
    receipt: int | None = None

    @property
    def done(self) -> bool:
        return self.result == 0 and self.amount is not None and self.receipt is not None


def checksum(data: bytes) -> int:
    """CRC-16 of the packet and its ETX."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc


def framed(packet: Packet) -> bytes:
    """As it goes onto the line. Raises ValueError: longer than `PACKET_BYTES_MAX`."""
    if len(packet.data) + _LONG_HEAD_BYTES > PACKET_BYTES_MAX:
        raise ValueError(f"{len(packet.data)} bytes of data")
    length = len(packet.data)
    size = bytes([length]) if length < _LONG else bytes([_LONG]) + length.to_bytes(2, "little")
    body = packet.control.to_bytes(2, "big") + size + packet.data
    crc = checksum(body + bytes([ETX])).to_bytes(_CRC_BYTES, "little")
    doubled = body.replace(bytes([DLE]), bytes([DLE, DLE]))
    return bytes([DLE, STX]) + doubled + bytes([DLE, ETX]) + crc


class ZvtDecoder:
    """In any chunks; what is no packet and no sign between them is passed over."""

    def __init__(self) -> None:
        self._body: bytearray | None = None
        """What has come of a packet; None: none has begun."""
        self._escaped = False
        self._crc: bytearray | None = None
        """What has come of the check behind it; None: it has not ended."""

    def feed(self, data: bytes) -> list[Heard]:
        return [heard for byte in data if (heard := self._byte(byte)) is not None]

    def silence(self) -> list[Heard]:
        """The line said nothing for a while: a packet that has begun does not end any more."""
        begun, self._body = self._body, None
        self._escaped, self._crc = False, None
        return [] if begun is None else [Spoilt(why="it broke off")]

    def _byte(self, byte: int) -> Heard | None:
        if self._crc is not None:
            self._crc.append(byte)
            return self._ended() if len(self._crc) == _CRC_BYTES else None
        if self._escaped:
            self._escaped = False
            return self._after_dle(byte)
        if byte == DLE:
            self._escaped = True
            return None
        if self._body is None:
            return Sign(byte) if byte in {ACK, NAK} else None
        return self._more(byte)

    def _after_dle(self, byte: int) -> Heard | None:
        if byte == STX:
            broken, self._body = self._body is not None, bytearray()
            return Spoilt(why="another began in it") if broken else None
        if self._body is None:
            return None
        if byte == DLE:
            return self._more(byte)
        if byte == ETX:
            self._crc = bytearray()
            return None
        self._body = None
        return Spoilt(why="an escape that is none")

    def _more(self, byte: int) -> Heard | None:
        if self._body is None:
            return None
        self._body.append(byte)
        if len(self._body) <= PACKET_BYTES_MAX:
            return None
        self._body = None
        return Spoilt(why="too long")

    def _ended(self) -> Heard:
        body, crc = bytes(self._body or b""), bytes(self._crc or b"")
        self._body = self._crc = None
        if checksum(body + bytes([ETX])) != int.from_bytes(crc, "little"):
            return Spoilt(why="its check does not fit")
        return _packet(body) or Spoilt(why="its length does not fit")


def _packet(body: bytes) -> Packet | None:
    if len(body) < _HEAD_BYTES:
        return None
    control, length, data = int.from_bytes(body[:2], "big"), body[2], body[_HEAD_BYTES:]
    if length == _LONG:
        length, data = int.from_bytes(body[3:_LONG_HEAD_BYTES], "little"), body[_LONG_HEAD_BYTES:]
    return Packet(control=control, data=data) if length == len(data) else None


# What is asked, and what is read of the answers.


def registration(password: int, currency: int) -> Packet:
    """`password`: six digits; `currency`: ISO 4217's number. Receipts are printed by the terminal itself."""
    return Packet(control=Control.REGISTRATION, data=_bcd(password, 3) + b"\x00" + _bcd(currency, 2))


def authorisation(amount: int, currency: int) -> Packet:
    return Packet(control=Control.AUTHORISATION, data=_amount(amount) + b"\x49" + _bcd(currency, 2))


def reversal(password: int, receipt: int) -> Packet:
    return Packet(control=Control.REVERSAL, data=_bcd(password, 3) + b"\x87" + _bcd(receipt, 2))


def repeat(password: int) -> Packet:
    """The last receipt once more, with its status."""
    return Packet(control=Control.REPEAT, data=_bcd(password, 3))


DONE: Final = Packet(control=Control.DONE)
"""A command was understood."""
ABORT: Final = Packet(control=Control.ABORT)

_FIXED: Final[Mapping[int, int]] = MappingProxyType(
    {
        0x01: 1, 0x02: 1, 0x03: 1, 0x04: 6, 0x05: 1, 0x0B: 3, 0x0C: 3, 0x0D: 2, 0x0E: 2, 0x17: 2, 0x19: 1,
        0x27: 1, 0x29: 4, 0x2A: 15, 0x37: 3, 0x3A: 2, 0x3B: 8, 0x3D: 3, 0x49: 2, 0x87: 2, 0x88: 3, 0x8A: 1,
        0x8C: 1, 0xA0: 1, 0xAA: 3, 0xBA: 5,
    }
)  # fmt: skip
"""Bytes of a field, by its bitmap (chapter "Definition of the data fields")."""
_COUNTED: Final[Mapping[int, int]] = MappingProxyType(
    {0x22: 2, 0x23: 2, 0x24: 3, 0x2D: 2, 0x2E: 3, 0x3C: 3, 0x60: 3, 0x8B: 2, 0xA7: 2, 0xAF: 3, 0xD1: 2}
)
"""Of others, how many bytes say their length, one digit in the low half of each."""
_AMOUNT, _RESULT, _RECEIPT = 0x04, 0x27, 0x87
_HIGH, _BCD_DIGIT = 0xF0, 9


def status_of(data: bytes) -> Status:
    """Up to the first field that is not known: nobody can say how long it is. Card fields are passed over."""
    found: dict[int, int | None] = {}
    at = 0
    while at < len(data):
        field, at = data[at], at + 1
        if field in _COUNTED:
            size = _counted(data[at : at + _COUNTED[field]], _COUNTED[field])
            at += _COUNTED[field]
        else:
            size = _FIXED.get(field)
        if size is None or at + size > len(data):
            break
        if field in {_AMOUNT, _RECEIPT}:
            found[field] = _number(data[at : at + size])
        elif field == _RESULT:
            found[field] = data[at]
        at += size
    return Status(result=found.get(_RESULT), amount=found.get(_AMOUNT), receipt=found.get(_RECEIPT))


def _counted(digits: bytes, count: int) -> int | None:
    if len(digits) < count or any(not _HIGH <= digit <= _HIGH + _BCD_DIGIT for digit in digits):
        return None
    return int("".join(str(digit - _HIGH) for digit in digits))


def _number(bcd: bytes) -> int | None:
    digits = bcd.hex()
    return int(digits) if digits.isdecimal() else None


def _bcd(number: int, size: int) -> bytes:
    """Raises ValueError: it does not fit."""
    digits = f"{number:0{2 * size}}"
    if number < 0 or len(digits) > 2 * size:
        raise ValueError(f"{number} in {size} bytes")
    return bytes.fromhex(digits)


def _amount(amount: int) -> bytes:
    return b"\x04" + _bcd(amount, 6)
