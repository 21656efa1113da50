"""A bank's terminal that is not there: it takes nobody's money, over ZVT on a serial line."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import StrEnum
from types import TracebackType
from typing import Self

from terminal.drivers.codecs.zvt import ACK, NAK, Control, Packet, Sign, Spoilt, ZvtDecoder, framed
from terminal.drivers.virtual.serial_line import SerialLine

_NO_CARD, _DECLINED, _BUSY, _NOT_POSSIBLE = 0x6C, 0x64, 0x9C, 0xB4
_PAN = "22F1F0" + "6226091234567890123E"
"""As real terminals say it: whatever reads this must not keep it."""


class Whim(StrEnum):
    """What becomes of the next payment or reversal."""

    NO = "no"  # the card's bank declines
    SLOW = "slow"  # the customer looks for the card until `present` is called
    MUTE = "mute"  # done, and the answer is lost
    DEAF = "deaf"  # the command is lost
    BUSY = "busy"


class VirtualBankTerminal:
    """Opens its end of the line in the running event loop; its books outlast the cable."""

    def __init__(
        self, line: SerialLine, *, password: int = 123456, whims: tuple[Whim | None, ...] = ()
    ) -> None:
        self.line = line
        self.password = password
        self.whims = deque(whims)
        self.receipts: dict[int, int] = {40: 0}
        """By number, what was taken; less than nothing: given back. It has printed before."""
        self.commands: list[int] = []
        self.busy = False
        self.waits_always = False
        """Each customer looks for the card until `present` is called."""
        self.spoils = 0
        """So many of its packets come with a wrong check."""
        self.heard = asyncio.Event()
        """Set at every command."""
        self.waits = asyncio.Event()
        """Set when a customer is asked for the card."""
        self.booked = asyncio.Event()
        """Set at every receipt."""
        self._reversed: set[int] = set()
        self._decoder = ZvtDecoder()
        self._out: deque[Packet] = deque()
        self._frames: deque[bytes] = deque()
        """What was said and not acknowledged yet, the first of it on the line."""
        self._asked: Packet | None = None
        """What waits for the customer."""
        self._fd: int | None = None

    @property
    def kept(self) -> int:
        """Fen that are with the bank in all."""
        return sum(self.receipts.values())

    @property
    def asked(self) -> bool:
        """Whether a customer is to present a card."""
        return self._asked is not None

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deafen()

    def unplug(self) -> None:
        """The cable is pulled. What it was doing it ends by itself."""
        self._deafen()
        self.line.unplug()
        self._out.clear()
        self._frames.clear()
        self._decoder.silence()

    def replug(self) -> None:
        self.line.replug()
        self._listen()

    def present(self) -> None:
        """The customer holds the card there at last."""
        if self._asked is not None:
            asked, self._asked = self._asked, None
            self._pays(asked)

    def _listen(self) -> None:
        self._fd = self.line.fd
        if self._fd is not None:
            asyncio.get_running_loop().add_reader(self._fd, self._read)

    def _deafen(self) -> None:
        if self._fd is not None:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._fd = None

    def _read(self) -> None:
        for one in self._decoder.feed(self.line.answered()):
            match one:
                case Packet():
                    self._command(one)
                case Sign.ACK if self._frames:
                    self._frames.popleft()
                    self._transmit()
                case Sign.NAK:
                    self._transmit()
                case Spoilt():
                    self.line.send(bytes([NAK]))
                case _:
                    pass

    def _command(self, packet: Packet) -> None:
        if packet.control == Control.DONE:
            self.line.send(bytes([ACK]))
            self._next()
            return
        whim = self.whims.popleft() if self.whims and packet.control in _MONEY else None
        self.commands.append(packet.control)
        self.heard.set()
        if whim is Whim.DEAF:
            return
        self.line.send(bytes([ACK]))
        if self.busy or whim is Whim.BUSY:
            self._send(Packet(control=0x8400 | _BUSY))
            return
        self._send(Packet(control=Control.DONE))
        self._takes(packet, whim)

    def _takes(self, packet: Packet, whim: Whim | None) -> None:
        match packet.control:
            case Control.REGISTRATION:
                done = int(packet.data[:3].hex()) == self.password
                self._say(Packet(control=Control.COMPLETION if done else Control.ABORTED, data=b"\x6f"))
            case Control.AUTHORISATION:
                self._authorises(packet, whim)
            case Control.REVERSAL:
                self._reverses(packet, whim)
            case Control.REPEAT if self.receipts:
                self._say(self._status(max(self.receipts)), Packet(control=Control.COMPLETION))
            case Control.ABORT:
                if self._asked is not None:
                    self._asked = None
                    self._say(Packet(control=Control.ABORTED, data=bytes([_NO_CARD])))
            case _:
                self._say(Packet(control=Control.ABORTED, data=bytes([_NOT_POSSIBLE])))

    def _authorises(self, packet: Packet, whim: Whim | None) -> None:
        if whim is Whim.NO:
            self._say(Packet(control=Control.ABORTED, data=bytes([_DECLINED])))
        elif whim is Whim.SLOW or self.waits_always:
            self._asked = packet
            self.waits.set()
            self._say(Packet(control=Control.BETWEEN, data=b"\x0a"))
        else:
            self._pays(packet, mute=whim is Whim.MUTE)

    def _pays(self, packet: Packet, *, mute: bool = False) -> None:
        self._books(int(packet.data[1:7].hex()), mute=mute)

    def _reverses(self, packet: Packet, whim: Whim | None) -> None:
        number = int(packet.data[4:6].hex())
        if number not in self.receipts or number in self._reversed or whim is Whim.NO:
            self._say(Packet(control=Control.ABORTED, data=bytes([_NOT_POSSIBLE])))
            return
        self._reversed.add(number)
        self._books(-self.receipts[number], mute=whim is Whim.MUTE)

    def _books(self, amount: int, *, mute: bool) -> None:
        number = max(self.receipts, default=0) + 1
        self.receipts[number] = amount
        self.booked.set()
        if not mute:
            self._say(self._status(number), Packet(control=Control.COMPLETION))

    def _status(self, number: int) -> Packet:
        amount = abs(self.receipts[number])
        said = f"2700 04{amount:012} 49 0156 0C 120000 0D 1126 {_PAN} 87{number:04} 8A 0A 8BF0F55465737400"
        return Packet(control=Control.STATUS, data=bytes.fromhex(said.replace(" ", "")))

    def _say(self, *packets: Packet) -> None:
        """One after the other, each once the one before was understood."""
        idle = not self._out
        self._out.extend(packets)
        if idle:
            self._next()

    def _next(self) -> None:
        if self._out:
            self._send(self._out.popleft())

    def _send(self, packet: Packet) -> None:
        self._frames.append(framed(packet))
        if len(self._frames) == 1:
            self._transmit()

    def _transmit(self) -> None:
        if not self._frames:
            return
        data = self._frames[0]
        if self.spoils:
            self.spoils -= 1
            data = data[:-1] + bytes([data[-1] ^ 1])
        self.line.send(data)


_MONEY = frozenset({Control.AUTHORISATION, Control.REVERSAL})
