"""At which port each of two readers that are alike is, asked of a stand-in that answers as libccid does."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from terminal.drivers.chips import places
from terminal.drivers.chips.places import CHANNEL_ID, Asking, Places, usb_address
from terminal.drivers.chips.played import PlayedScard
from terminal.drivers.usb.ports import Plugged
from terminal.runtime.trace import Playback

FIRST, SECOND = "Twin 00 00", "Twin 01 00"
FRONT, BACK = "1-1.2", "1-1.3"
UNSUPPORTED, SHARING = 0x8010001F, 0x8010000B


class AlikeReaders:
    """The functions of pyscard's `scard` that ask a reader for its port, and what sysfs shows."""

    SCARD_SCOPE_USER = 0
    SCARD_SHARE_DIRECT = 3
    SCARD_LEAVE_CARD = 0

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.channels: dict[str, bytes] = {}
        self.busy = False
        self.asked: list[str] = []
        self.hangs = threading.Event()
        """What is asked waits until it is set, where `mute` is."""
        self.mute = ""
        self.open = 0

    def plug(self, reader: str, port: str, address: int) -> None:
        folder = self.tree / port
        folder.mkdir(exist_ok=True)
        (folder / "busnum").write_text("1\n")
        (folder / "devnum").write_text(f"{address}\n")
        self.channels[reader] = (0x0020_0100 | address).to_bytes(4, sys.byteorder)

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:  # noqa: N802
        assert scope == self.SCARD_SCOPE_USER
        return 0, 1

    def SCardReleaseContext(self, context: int) -> int:  # noqa: N802
        assert context == 1
        return 0

    def SCardConnect(self, context: int, reader: str, share: int, protocols: int) -> tuple[int, str, int]:  # noqa: N802
        assert (context, share, protocols) == (1, self.SCARD_SHARE_DIRECT, 0)
        self.asked.append(reader)
        if self.busy:
            return SHARING - (1 << 32), "", 0  # As pyscard gives it: signed.
        self.open += 1
        return 0, reader, 0

    def SCardGetAttrib(self, handle: str, attribute: int) -> tuple[int, list[int]]:  # noqa: N802
        assert attribute == CHANNEL_ID
        if handle == self.mute:
            self.hangs.wait()
        channel = self.channels.get(handle)
        return (UNSUPPORTED, []) if channel is None else (0, list(channel))

    def SCardDisconnect(self, handle: str, disposition: int) -> int:  # noqa: N802
        assert (handle in self.asked, disposition) == (True, self.SCARD_LEAVE_CARD)
        self.open -= 1
        return 0


@pytest.fixture
def scard(tmp_path: Path) -> AlikeReaders:
    return AlikeReaders(tmp_path)


def _places(scard: AlikeReaders, port: str = "") -> Places:
    return Places("twin", port, scard.tree)


def test_libccid_says_bus_and_device_address() -> None:
    said = (0x0020_0108).to_bytes(4, sys.byteorder)
    assert usb_address(said) == (1, 8)


@pytest.mark.parametrize("number", [0x0001_0108, 0x0120_0108, 0])
def test_another_channel_is_no_usb_address(number: int) -> None:
    assert usb_address(number.to_bytes(4, sys.byteorder)) is None


@pytest.mark.parametrize("length", [0, 3, 8])
def test_another_length_is_no_usb_address(length: int) -> None:
    assert usb_address((0x0020_0108).to_bytes(8, sys.byteorder)[:length]) is None


class TakenMeanwhile(dict[str, Asking]):
    """Another thread has each answer before who asked for it: one that was left behind and goes on."""

    def __setitem__(self, reader: str, asking: Asking) -> None:
        pass


def test_an_answer_that_another_thread_took_is_an_answer_all_the_same(scard: AlikeReaders) -> None:
    scard.plug(FIRST, FRONT, 6)
    asked = Places("twin", FRONT, scard.tree, TakenMeanwhile())
    assert asked.of(scard, [FIRST]) == {FIRST: Plugged(port=FRONT, bus=1, address=6)}


def test_of_two_that_are_alike_the_one_at_the_port_is_meant(scard: AlikeReaders) -> None:
    scard.plug(FIRST, BACK, 5)
    scard.plug(SECOND, FRONT, 6)
    names = [FIRST, SECOND, "Other 00 00"]
    front, back = Plugged(port=FRONT, bus=1, address=6), Plugged(port=BACK, bus=1, address=5)
    assert _places(scard, FRONT).of(scard, names) == {SECOND: front}
    assert _places(scard, BACK).of(scard, names) == {FIRST: back}
    assert _places(scard).of(scard, names) == {FIRST: back, SECOND: front}
    assert scard.open == 0
    assert "Other 00 00" not in scard.asked


def test_a_reader_is_asked_once_until_something_else_is_in_its_port(scard: AlikeReaders) -> None:
    scard.plug(FIRST, FRONT, 5)
    where = _places(scard, FRONT)
    for _ in range(3):
        assert list(where.of(scard, [FIRST])) == [FIRST]
    assert scard.asked == [FIRST]
    scard.plug(FIRST, BACK, 6)
    (scard.tree / FRONT / "devnum").unlink()
    assert where.of(scard, [FIRST]) == {}
    assert scard.asked == [FIRST, FIRST]


def test_two_that_are_plugged_anew_and_called_the_other_way_round_keep_their_places(
    scard: AlikeReaders,
) -> None:
    scard.plug(FIRST, FRONT, 5)
    scard.plug(SECOND, BACK, 6)
    where = _places(scard, FRONT)
    assert list(where.of(scard, [FIRST, SECOND])) == [FIRST]
    scard.plug(FIRST, BACK, 7)
    scard.plug(SECOND, FRONT, 8)
    assert list(where.of(scard, [FIRST, SECOND])) == [SECOND]


def test_a_reader_that_does_not_say_is_asked_once_and_is_not_taken_for_the_one_at_the_port(
    scard: AlikeReaders,
) -> None:
    where = _places(scard, FRONT)
    for _ in range(2):
        assert where.of(scard, [FIRST]) == {}
    assert scard.asked == [FIRST]
    why = where.why_none([FIRST])
    assert why == "`port` cannot say which reader it is: Twin 00 00 (its driver tells no port, 0x8010001f)"
    assert _places(scard).of(scard, [FIRST]) == {FIRST: None}


def test_a_reader_whose_channel_is_no_usb_is_told_with_what_it_said(scard: AlikeReaders) -> None:
    scard.channels[FIRST] = (0x0001_0002).to_bytes(4, sys.byteorder)
    where = _places(scard, FRONT)
    assert where.of(scard, [FIRST]) == {}
    assert f"tells no USB port but {scard.channels[FIRST].hex()}" in where.why_none([FIRST])


def test_a_reader_that_cannot_be_asked_now_is_asked_again(scard: AlikeReaders) -> None:
    scard.plug(FIRST, FRONT, 5)
    scard.busy = True
    where = _places(scard, FRONT)
    assert where.of(scard, [FIRST]) == {}
    assert "cannot be asked now, 0x8010000b" in where.why_none([FIRST])
    scard.busy = False
    assert list(where.of(scard, [FIRST])) == [FIRST]


def test_a_reader_that_pcscd_still_lists_though_it_is_out_is_asked_again_when_it_is_back(
    scard: AlikeReaders,
) -> None:
    scard.plug(FIRST, FRONT, 5)
    (scard.tree / FRONT / "devnum").unlink()
    where = _places(scard, FRONT)
    assert where.of(scard, [FIRST]) == {}
    assert "bus 1 has no device 5" in where.why_none([FIRST])
    scard.plug(FIRST, FRONT, 6)
    assert list(where.of(scard, [FIRST])) == [FIRST]


def test_one_that_is_gone_is_forgotten(scard: AlikeReaders) -> None:
    where = _places(scard)
    assert where.of(scard, [FIRST]) == {FIRST: None}
    assert where.of(scard, []) == {}
    assert where.why_none([]) == "no reader is called 'twin'; there are: []"
    scard.plug(FIRST, FRONT, 5)
    assert where.of(scard, [FIRST]) == {FIRST: Plugged(port=FRONT, bus=1, address=5)}


def test_a_port_where_none_is_is_told_with_those_that_are(scard: AlikeReaders) -> None:
    scard.plug(FIRST, BACK, 5)
    where = _places(scard, FRONT)
    assert where.of(scard, [FIRST, SECOND]) == {}
    assert where.why_none([FIRST, SECOND]) == (
        "no reader called 'twin' is at port 1-1.2; there are: "
        "Twin 00 00 at port 1-1.3, Twin 01 00 (its driver tells no port, 0x8010001f)"
    )


def test_a_recording_holds_the_readers_that_were_meant_wherever_they_were(tmp_path: Path) -> None:
    where = Places("twin", FRONT, tmp_path)
    assert where.of(PlayedScard(Playback([])), [FIRST, "Other"]) == {FIRST: None}


def test_a_reader_that_hangs_is_asked_once_and_keeps_no_other_down(
    scard: AlikeReaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_ANSWER_S", 0.01)
    scard.plug(FIRST, FRONT, 5)
    scard.plug(SECOND, BACK, 6)
    scard.mute = SECOND
    asking: dict[str, places.Asking] = {}
    for _ in range(3):  # Run after run.
        where = Places("twin", BACK, scard.tree, asking)
        assert where.of(scard, [FIRST, SECOND]) == {}
        assert "Twin 01 00 (does not answer now)" in where.why_none([FIRST, SECOND])
    assert scard.asked.count(SECOND) == 1
    assert list(Places("twin", FRONT, scard.tree, asking).of(scard, [FIRST, SECOND])) == [FIRST]

    hung = asking[SECOND]
    scard.hangs.set()
    assert hung.over.wait(10)
    assert list(where.of(scard, [FIRST, SECOND])) == [SECOND]
    assert scard.asked.count(SECOND) == 1


def test_what_was_said_to_a_run_that_is_over_is_asked_again(
    scard: AlikeReaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pcscd may have been started again meanwhile, and calls the readers otherwise."""
    monkeypatch.setattr(places, "_ANSWER_S", 0.01)
    scard.plug(FIRST, FRONT, 5)
    scard.mute = FIRST
    asking: dict[str, places.Asking] = {}
    assert Places("twin", FRONT, scard.tree, asking).of(scard, [FIRST]) == {}
    hung = asking[FIRST]
    scard.hangs.set()
    assert hung.over.wait(10)
    monkeypatch.undo()
    scard.plug(FIRST, BACK, 6)
    assert list(Places("twin", BACK, scard.tree, asking).of(scard, [FIRST])) == [FIRST]
