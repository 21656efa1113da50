"""A rewriter of visual cards on a serial line (Star TCP300 and TCP300II): it prints a card's face anew.

The card is put in once more after its sale. The latest face wins: one that nobody put a card in for is given
up for the next one, or after a while.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.errors import DeviceMissing, FaceNotPrinted
from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth, Unreadable
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.drivers.codecs.escpos import Charset
from terminal.drivers.codecs.rewriter import (
    ACK,
    DISCHARGED,
    NAK,
    Answer,
    BadBlock,
    BlockDecoder,
    Code,
    Said,
    Sign,
    at_rest,
    block,
    text_data,
)
from terminal.runtime.serial_port import BytePort, opened

log = logging.getLogger(__name__)

KIND: Final = "rewriter"

_TRIES = 3
_IDLE_LOOK_MS, _LOOK_MS = 500, 50
"""So often it is looked whether a face is to be printed; and, while one waits for its card, whether another
is: the next customer's card must not show this one's."""


class Settings(Value, frozen=True, kw_only=True):
    """Where it is, and what fits onto a card."""

    path: Path
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9_600
    columns: Annotated[int, Meta(ge=16, le=64)] = 32
    lines: Annotated[int, Meta(ge=1, le=20)] = 10
    charset: Charset = Charset.GBK
    """As its font has it."""
    answer_ms: Annotated[int, Meta(ge=50, le=30_000)] = 2_000
    """For what needs no card."""
    insert_s: Annotated[int, Meta(ge=1, le=600)] = 30
    """So long it waits for the card, and prints."""


def build(name: str, settings: Settings, clock: Clock) -> CardRewriter:
    return CardRewriter(name, settings, clock)


class _Failed(Exception):
    """The device does not do it. `str()` says why."""


class _Superseded(Exception):
    """Another face is to be printed, or nobody put a card in."""


class CardRewriter:
    """`CardFaces` of one rewriter."""

    def __init__(self, name: str, settings: Settings, clock: Clock) -> None:
        self.name = name
        self.columns, self.lines = settings.columns, settings.lines
        self._settings = settings
        self._clock = clock
        self._face: tuple[str, ...] | None = None
        self._stir = asyncio.Event()

    def show(self, lines: tuple[str, ...]) -> None:
        """In the place of a face that still waits for its card."""
        self._face = lines
        self._stir.set()

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the port is not there, gone, or nobody answers at it."""
        with opened(self._settings.path, baud=self._settings.baud, device=self.name) as port:
            talk = _Talk(port, self._settings.answer_ms)
            try:
                said = at_rest(await talk.done(Code.STATUS))
            except _Failed as why:
                raise DeviceMissing(f"{self._settings.path}: {why}") from None
            log.info("rewriter: %s", said)
            yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
            while True:
                await talk.until(self._stir)
                self._stir.clear()
                face, self._face = self._face, None
                try:
                    if face is not None:
                        await self._print(talk, face)
                except _Superseded:
                    log.info("a face was given up: no card was put in")
                except _Failed as why:
                    log.warning("face not printed: rewriter=%s why=%s", self.name, why)
                    yield Unreadable(device=self.name, code=FaceNotPrinted.code, why=str(why))

    async def _print(self, talk: _Talk, face: tuple[str, ...]) -> None:
        """Raises _Failed, _Superseded, DeviceMissing."""
        settings = self._settings
        await talk.done(Code.CLEAR)
        await talk.done(Code.TEXT, text_data(face[: settings.lines], settings.charset))
        await talk.taken(Code.ERASE_AND_PRINT, DISCHARGED)
        until_ms = self._clock.mono_ms() + settings.insert_s * 1000
        while (answer := await talk.answered(Code.ERASE_AND_PRINT, _LOOK_MS)) is None:
            if self._stir.is_set() or self._clock.mono_ms() >= until_ms:
                await talk.done(Code.CANCEL_WAIT)
                raise _Superseded
        if answer.trouble:
            raise _Failed(answer.trouble)


class _Talk:
    """Commands and responses, sent again where the line spoilt them."""

    def __init__(self, port: BytePort, answer_ms: int) -> None:
        self._port = port
        self._answer_ms = answer_ms
        self._decoder = BlockDecoder()
        self._said: deque[Said] = deque()

    async def until(self, stir: asyncio.Event) -> None:
        """Somebody wants something. Raises DeviceMissing: the line ended meanwhile."""
        while not stir.is_set():
            await self._port.read(_IDLE_LOOK_MS)

    async def done(self, code: Code, data: bytes = b"") -> Answer:
        """Raises _Failed, DeviceMissing."""
        await self.taken(code, data)
        answer = await self.answered(code, self._answer_ms)
        if answer is None:
            raise _Failed("it does not answer")
        if answer.trouble:
            raise _Failed(answer.trouble)
        return answer

    async def taken(self, code: Code, data: bytes = b"") -> None:
        """It has the command. Raises _Failed, DeviceMissing."""
        for _ in range(_TRIES):
            self._port.answer(block(code, data))
            said = await self._heard(self._answer_ms)
            while isinstance(said, Answer | BadBlock):  # Of an earlier command.
                said = await self._heard(self._answer_ms)
            if said is Sign.ACK:
                return
            if said is Sign.DLE:
                raise _Failed("it refuses the command")
        raise _Failed("it does not answer")

    async def answered(self, code: Code, within_ms: int) -> Answer | None:
        """Its response, acknowledged; None: not yet. Raises _Failed, DeviceMissing."""
        for _ in range(_TRIES):
            said = await self._heard(within_ms)
            if said is None:
                return None
            if isinstance(said, Answer):
                self._port.answer(bytes([ACK]))
                if said.code == code:
                    return said
            elif isinstance(said, BadBlock):
                self._port.answer(bytes([NAK]))
        raise _Failed("what it answers cannot be read")

    async def _heard(self, within_ms: int) -> Said | None:
        """None: nothing whole in that time."""
        while not self._said:
            data = await self._port.read(self._answer_ms if self._decoder.waiting else within_ms)
            self._said += self._decoder.feed(data) if data else self._decoder.silence()
            if not data and not self._said:
                return None
        return self._said.popleft()
