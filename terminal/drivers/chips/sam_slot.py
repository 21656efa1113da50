"""The thread that talks to a secure access module in its PC/SC slot, one request after the other."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from terminal.core.errors import DeviceMissing, TerminalFault
from terminal.core.events import DeviceChanged, DeviceHealth
from terminal.drivers.chips.watch import BEAT_MS, Beat, scard_of
from terminal.drivers.codecs import sam
from terminal.drivers.codecs.apdu import Conversation, by_t0
from terminal.runtime.cutoff import CutOff

log = logging.getLogger(__name__)

T = TypeVar("T")

_CODE = 0xFFFFFFFF
_COMMANDS_MAX = 64
"""Of one request."""

Report = DeviceChanged | Beat


class _Request(Generic[T]):
    def __init__(self, talk: Conversation[T]) -> None:
        self.talk = talk
        self.answer: T | None = None
        self.over = threading.Event()
        self.given_up = False
        """Nobody waits for it any more."""


class SamSlot:
    """What the thread does. Blocks.

    Args:
        name: of the device, for its events.
        reader: a part of the slot's name.
        application: where the SAM's keys lie.
    """

    def __init__(self, name: str, reader: str, application: str) -> None:
        self._name = name
        self._reader = reader
        self._application = application
        self._requests: queue.SimpleQueue[_Request[Any] | None] = queue.SimpleQueue()
        self._over = False

    def ask(self, talk: Conversation[T], within_ms: int) -> T | None:
        """From any thread. None: it does not do that, or not within that time."""
        request = _Request(talk)
        self._requests.put(request)
        if not request.over.wait(within_ms / 1000):
            request.given_up = True
            log.warning("the SAM did not answer in time: device=%s within_ms=%d", self._name, within_ms)
            return None
        return request.answer

    def run(self, say: Callable[[Report], None]) -> None:
        """Until it is pulled: raises DeviceMissing; or until `interrupt`: raises CutOff."""
        scard = scard_of(self._name)
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        _check(scard, result, "no pcscd")
        try:
            where, card, protocol = self._connected(scard, context)
            try:
                self._work(_Line(scard, card, protocol), where, say)
            finally:
                # As with cards: any other ending makes pcscd blind for one that was pulled.
                scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        finally:
            scard.SCardReleaseContext(context)

    def interrupt(self) -> None:
        """From the event loop."""
        self._over = True
        self._requests.put(None)

    def _connected(self, scard: Any, context: int) -> tuple[str, int, int]:  # noqa: ANN401  pyscard has no types
        """Nobody else may choose keys in between. Raises DeviceMissing."""
        result, names = scard.SCardListReaders(context, [])
        if result & _CODE == scard.SCARD_E_NO_READERS_AVAILABLE & _CODE:
            names = []
        else:
            _check(scard, result, "no list of readers")
        wanted = [name for name in names if self._reader.casefold() in name.casefold()]
        if not wanted:
            raise DeviceMissing(f"no slot is called {self._reader!r}; there are: {names}")
        for name in wanted:
            result, card, protocol = scard.SCardConnect(
                context, name, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_ANY
            )
            if not result:
                return name, card, protocol
        raise DeviceMissing(f"no SAM in {', '.join(wanted)}: {scard.SCardGetErrorMessage(result)}")

    def _work(self, line: _Line, where: str, say: Callable[[Report], None]) -> None:
        """Raises DeviceMissing or CutOff."""
        try:
            line.played(sam.begins(self._application))
        except DeviceMissing:
            raise
        except TerminalFault as fault:
            raise DeviceMissing(f"the SAM in {where}: {fault}") from fault
        log.info("SAM found: device=%s slot=%s", self._name, where)
        say(DeviceChanged(device=self._name, health=DeviceHealth.READY, why=where))
        while not self._over:
            self._serve(line)
            say(Beat())
        raise CutOff

    def _serve(self, line: _Line) -> None:
        """One request, or none for a while."""
        try:
            request = self._requests.get(timeout=BEAT_MS / 1000)
        except queue.Empty:
            line.check_there()
            return
        if request is None or request.given_up:
            return
        try:
            request.answer = line.played(request.talk)
        except DeviceMissing:
            raise
        except TerminalFault as fault:
            log.warning("the SAM does not do it: device=%s why=%s", self._name, fault)
        finally:
            request.over.set()


class _Line:
    def __init__(self, scard: Any, card: int, protocol: int) -> None:  # noqa: ANN401  pyscard has no types
        self._scard = scard
        self._card = card
        self._protocol = protocol

    def played(self, talk: Conversation[T]) -> T:
        """Nothing of it is noted for a recording: it would hold what keys make.

        Raises DeviceMissing: it is gone; another TerminalFault: it does not do that.
        """
        if self._protocol == self._scard.SCARD_PROTOCOL_T0:
            talk = by_t0(talk)
        try:
            command = next(talk)
            for _ in range(_COMMANDS_MAX):
                result, answer = self._scard.SCardTransmit(self._card, self._protocol, list(command))
                _check(self._scard, result, "the SAM is gone")
                command = talk.send(bytes(answer))
        except StopIteration as done:
            found: T = done.value
            return found
        finally:
            talk.close()
        raise DeviceMissing(f"no end after {_COMMANDS_MAX} commands")

    def check_there(self) -> None:
        """Raises DeviceMissing."""
        result, *_ = self._scard.SCardStatus(self._card)
        _check(self._scard, result, "the SAM is gone")


def _check(scard: Any, result: int, what: str) -> None:  # noqa: ANN401  pyscard has no types
    """Raises DeviceMissing."""
    if result:
        raise DeviceMissing(f"{what}: {scard.SCardGetErrorMessage(result)}")
