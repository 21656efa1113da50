"""Amounts said aloud, with programs in the place of aplay and espeak-ng that write down what they got."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from terminal.core.errors import DeviceMissing
from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.spoken import Language, Outcome, words
from terminal.drivers import spoken_amounts
from terminal.drivers.spoken_amounts import SpokenAmounts
from terminal.runtime.clock import SystemClock
from terminal.runtime.descriptor import readable

END_S = 60
"""Nothing here is measured; a test that hangs ends."""
_PROGRAM = """#!{python}
import os, sys, time
heard = "" if os.isatty(0) else sys.stdin.read()
with open({log!r}, "a") as log:
    log.write({name!r} + " " + " ".join(sys.argv[1:]) + "|" + heard + "\\n")
{more}
"""


class Bin:
    """The only folder where programs are looked for; they tell what they got through a pipe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bin"
        self.folder.mkdir()
        self._pipe = folder / "log"
        os.mkfifo(self._pipe)
        self._fd = os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK)
        self._heard = b""

    def put(self, name: str, more: str = "") -> None:
        text = _PROGRAM.format(python=sys.executable, log=str(self._pipe), name=name, more=more)
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    @property
    def log(self) -> list[str]:
        with contextlib.suppress(BlockingIOError):
            self._heard += os.read(self._fd, 65_536)
        return self._heard.decode().splitlines()

    async def called(self, times: int) -> list[str]:
        """All that was told once so many programs told something."""
        async with asyncio.timeout(END_S):
            while len(self.log) < times:
                await readable(self._fd)
        return self.log

    def close(self) -> None:
        os.close(self._fd)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bin]:
    made = Bin(tmp_path)
    monkeypatch.setenv("PATH", str(made.folder))
    yield made
    made.close()


def _voice(**settings: object) -> SpokenAmounts:
    return spoken_amounts.build("voice", spoken_amounts.Settings(**settings), SystemClock())  # type: ignore[arg-type]


def _recorded(folder: Path, language: Language) -> Path:
    folder.mkdir()
    for word in words(language):
        (folder / f"{word.name}.wav").write_bytes(b"RIFF")
    return folder


@asynccontextmanager
async def _speaking(voice: SpokenAmounts) -> AsyncGenerator[asyncio.Future[DeviceEvent], None]:
    """Its next event, while it goes on speaking."""
    async with aclosing(voice.events()) as events:
        ready = DeviceChanged(device="voice", health=DeviceHealth.READY)
        assert await asyncio.wait_for(anext(events), END_S) == ready
        going = asyncio.ensure_future(anext(events))
        try:
            yield going
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)


async def test_recorded_words_are_played_in_the_order_of_the_sentence(programs: Bin, tmp_path: Path) -> None:
    programs.put("aplay")
    folder = _recorded(tmp_path / "zh", Language.ZH_HANS)
    voice = _voice(recordings=folder, output="plughw:1,0")
    async with _speaking(voice):
        voice.say(Outcome.PAID, 1_250)
        await programs.called(1)
    played = [folder / f"{name}.wav" for name in ("paid", "shi", "2", "yuan", "5", "jiao")]
    assert programs.log == [f"aplay -q -D plughw:1,0 {' '.join(map(str, played))}|"]


async def test_espeak_reads_the_sentence_out_into_aplay(programs: Bin) -> None:
    programs.put("aplay")
    programs.put("espeak-ng", "print('sound', end='')")
    voice = _voice(language=Language.EN)
    async with _speaking(voice):
        voice.say(Outcome.RECHARGED, 10_050)
        await programs.called(2)
    assert sorted(programs.log) == [
        "aplay -q|sound",
        "espeak-ng -v en -s 170 --stdout recharged, one hundred yuan and fifty fen|",
    ]


async def test_the_latest_amount_wins_over_those_that_wait(programs: Bin, tmp_path: Path) -> None:
    programs.put("aplay")
    voice = _voice(recordings=_recorded(tmp_path / "en", Language.EN), language=Language.EN)
    async with _speaking(voice):
        for fen in (100, 200, 300):
            voice.say(Outcome.PAID, fen)
        await programs.called(1)
    assert [Path(one).name for one in programs.log[0].split()[2:]] == ["paid.wav", "3.wav", "yuan.wav|"]


async def test_a_player_that_hangs_is_cut_off_and_the_next_amount_is_said(
    programs: Bin, tmp_path: Path
) -> None:
    programs.put("aplay", "time.sleep(600 if len(sys.argv) > 4 else 0)")
    voice = _voice(recordings=_recorded(tmp_path / "en", Language.EN), language=Language.EN, within_ms=1_000)
    async with _speaking(voice):
        voice.say(Outcome.PAID, 1_01)
        await programs.called(1)
        voice.say(Outcome.PAID, 2_00)
        await programs.called(2)


async def test_a_loudspeaker_that_never_plays_is_said_to_be_down(programs: Bin, tmp_path: Path) -> None:
    programs.put("aplay", "sys.exit(1)")
    voice = _voice(recordings=_recorded(tmp_path / "en", Language.EN), language=Language.EN)
    async with _speaking(voice) as going:
        for count in range(1, 4):
            voice.say(Outcome.PAID, count)
            await programs.called(count)
        with pytest.raises(DeviceMissing, match="nothing can be said"):
            await asyncio.wait_for(going, END_S)


async def test_what_is_not_installed_or_not_recorded_is_named(programs: Bin, tmp_path: Path) -> None:
    with pytest.raises(DeviceMissing, match="apt-get install alsa-utils"):
        await anext(_voice().events())
    programs.put("aplay")
    with pytest.raises(DeviceMissing, match="apt-get install espeak-ng"):
        await anext(_voice().events())
    folder = _recorded(tmp_path / "zh", Language.ZH_HANS)
    (folder / "liang.wav").unlink()
    with pytest.raises(DeviceMissing, match="no recording of liang"):
        await anext(_voice(recordings=folder).events())


async def test_what_was_to_be_said_before_it_was_there_is_not_said(programs: Bin, tmp_path: Path) -> None:
    programs.put("aplay")
    voice = _voice(recordings=_recorded(tmp_path / "en", Language.EN), language=Language.EN)
    voice.say(Outcome.PAID, 100)
    async with _speaking(voice):
        voice.say(Outcome.PAID, 200)
        await programs.called(1)
    assert len(programs.log) == 1
