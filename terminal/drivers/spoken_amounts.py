"""Amounts said aloud: recorded words through aplay, or espeak-ng. One sentence at a time, the latest wins."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.errors import DeviceMissing
from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.ports import Clock
from terminal.core.spoken import Language, Outcome, Word, said, spelled, text_of, words
from terminal.core.values import Value

log = logging.getLogger(__name__)

KIND: Final = "voice"

_VOICES = {Language.ZH_HANS: "cmn", Language.EN: "en"}
_FAILURES_MAX = 3
"""So many sentences that could not be said, one after the other: the device is down."""
_PACKAGES = {"aplay": "alsa-utils", "espeak-ng": "espeak-ng"}


class Settings(Value, frozen=True, kw_only=True):
    """Whose voice, and out of what."""

    language: Language = Language.ZH_HANS
    recordings: Path | None = None
    """A folder with one WAV file a word, all of one form; without it espeak-ng speaks."""
    output: Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_:=,.]*$")] = ""
    """ALSA's name of the loudspeaker, as `aplay -L` lists it; empty: the usual one."""
    words_per_min: Annotated[int, Meta(ge=80, le=400)] = 170
    """Of espeak-ng."""
    within_ms: Annotated[int, Meta(ge=1_000, le=60_000)] = 15_000
    """Whatever is not said by then is cut off."""


def build(name: str, settings: Settings, clock: Clock) -> SpokenAmounts:
    return SpokenAmounts(name, settings, clock)


class SpokenAmounts:
    """`Voice`. What comes while it is down is not said: it would come too late."""

    def __init__(self, name: str, settings: Settings, _clock: Clock) -> None:
        self.name = name
        self._settings = settings
        self._next: tuple[Word, ...] | None = None
        self._stir = asyncio.Event()

    def say(self, outcome: Outcome, fen: int) -> None:
        self._next = said(outcome, fen, self._settings.language)
        self._stir.set()

    def spell(self, digit: str) -> None:
        self._next = spelled(digit, self._settings.language)
        self._stir.set()

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: a program or a recording is not there, or nothing comes out."""
        self._check()
        self._next = None
        failures = 0
        yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
        while True:
            await self._stir.wait()
            self._stir.clear()
            sentence, self._next = self._next, None
            if sentence is None:
                continue
            why = await self._said(sentence)
            failures = failures + 1 if why else 0
            if why:
                log.warning("not said: device=%s why=%s", self.name, why)
            if failures >= _FAILURES_MAX:
                raise DeviceMissing(f"nothing can be said: {why}")

    def _check(self) -> None:
        """Raises DeviceMissing: with what to do."""
        for program in ("aplay",) if self._settings.recordings else ("aplay", "espeak-ng"):
            if shutil.which(program) is None:
                raise DeviceMissing(f"{program} is not installed: apt-get install {_PACKAGES[program]}")
        folder = self._settings.recordings
        missing = [
            word.name
            for word in words(self._settings.language)
            if folder and not _file(folder, word).is_file()
        ]
        if missing:
            raise DeviceMissing(f"{folder}: no recording of {', '.join(missing)}")

    async def _said(self, sentence: tuple[Word, ...]) -> str:
        """Why it was not; empty: it was."""
        running: list[Process] = []
        try:
            async with asyncio.timeout(self._settings.within_ms / 1000):
                await self._begun(sentence, running)
                codes = [await process.wait() for process in running]
        except TimeoutError:
            return f"not said within {self._settings.within_ms} ms"
        except OSError as fault:
            return f"{type(fault).__name__} {fault.strerror}"
        finally:
            await _ended(running)
        return f"exit codes {codes}" if any(codes) else ""

    async def _begun(self, sentence: tuple[Word, ...], running: list[Process]) -> None:
        """Appends what it starts, at once: it must be ended whatever happens."""
        settings = self._settings
        aplay = ["aplay", "-q", *(["-D", settings.output] if settings.output else [])]
        if settings.recordings:
            files = [str(_file(settings.recordings, word)) for word in sentence]
            running.append(await _started([*aplay, *files], DEVNULL, DEVNULL))
            return
        text = text_of(sentence, settings.language)
        espeak = [
            "espeak-ng",
            "-v",
            _VOICES[settings.language],
            "-s",
            str(settings.words_per_min),
            "--stdout",
            text,
        ]
        read, write = os.pipe()
        try:
            running.append(await _started(espeak, DEVNULL, write))
            running.append(await _started(aplay, read, DEVNULL))
        finally:
            os.close(read)
            os.close(write)


async def _started(command: list[str], source: int, target: int) -> Process:
    return await asyncio.create_subprocess_exec(*command, stdin=source, stdout=target, stderr=DEVNULL)


async def _ended(running: list[Process]) -> None:
    for process in running:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _file(folder: Path, word: Word) -> Path:
    return folder / f"{word.name}.wav"
