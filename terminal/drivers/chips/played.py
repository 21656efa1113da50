"""A recording in the place of PC/SC: the functions of pyscard's `scard` that the reader's thread calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from terminal.runtime.trace import Playback, What

_STATE_BYTES = 4
_CARD = 1
_OK = 0


class PlayedScard:
    """States come in the order and as they were seen; cards answer what they answered.

    Results and states as in PC/SC part 5 and pcsclite.h.
    """

    SCARD_SCOPE_USER: Final = 0
    SCARD_SHARE_SHARED: Final = 2
    SCARD_PROTOCOL_T0: Final = 1
    SCARD_PROTOCOL_ANY: Final = 3
    SCARD_LEAVE_CARD: Final = 0
    SCARD_STATE_PRESENT: Final = 0x20
    SCARD_STATE_UNKNOWN: Final = 0x4
    SCARD_STATE_UNAVAILABLE: Final = 0x8
    SCARD_E_TIMEOUT: Final = 0x8010000A
    SCARD_E_UNKNOWN_READER: Final = 0x80100009
    SCARD_E_NO_READERS_AVAILABLE: Final = 0x8010002E
    _NO_SERVICE: Final = 0x8010001D
    _REMOVED: Final = 0x80100069

    def __init__(self, playback: Playback) -> None:
        self._playback = playback
        self._places = playback.places

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:  # noqa: N802  PC/SC's own names
        _ = scope
        return _OK, 1

    def SCardReleaseContext(self, context: int) -> int:  # noqa: N802
        _ = context
        return _OK

    def SCardCancel(self, context: int) -> int:  # noqa: N802
        _ = context
        return _OK

    def SCardListReaders(self, context: int, groups: Sequence[str]) -> tuple[int, list[str]]:  # noqa: N802
        _ = context, groups
        return _OK, self._places

    def SCardGetErrorMessage(self, code: int) -> str:  # noqa: N802
        return "the recording ends here" if code == self._NO_SERVICE else f"{code:#010x}"

    def SCardGetStatusChange(  # noqa: N802
        self, context: int, wait_ms: int, asked: Sequence[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, bytes]]]:
        _ = context, wait_ms, asked
        ahead = self._playback.ahead
        if ahead is None:
            return self._NO_SERVICE, []
        if ahead.what is What.OPENED:  # A card that could not be read was tried again.
            return self.SCARD_E_TIMEOUT, []
        while ahead is not None and ahead.what is not What.SLOT:  # Asked then, and not now.
            self._playback.taken()
            ahead = self._playback.ahead
        if ahead is None:
            return self._NO_SERVICE, []
        self._playback.taken()
        state, atr = int.from_bytes(ahead.data[:_STATE_BYTES], "big"), ahead.data[_STATE_BYTES:]
        return _OK, [(ahead.place, state, atr)]

    def SCardConnect(  # noqa: N802
        self, context: int, place: str, share: int, protocols: int
    ) -> tuple[int, int, int]:
        _ = context, place, share, protocols
        ahead = self._playback.ahead
        if ahead is None or ahead.what is not What.OPENED:
            return self._strayed("a card was connected that was not then"), 0, 0
        protocol = self._playback.taken().data
        return (_OK, _CARD, protocol[0]) if protocol else (self._REMOVED, 0, 0)

    def SCardTransmit(  # noqa: N802
        self, card: int, protocol: int, command: list[int]
    ) -> tuple[int, list[int]]:
        _ = card, protocol
        ahead = self._playback.ahead
        if ahead is None or ahead.what is not What.ASKED:
            return self._strayed("a card was asked more than then"), []
        if (then := self._playback.taken().data) != (now := bytes(command[: len(ahead.data)])):
            self._strayed(f"a card was asked {now.hex()} and not {then.hex()}")
        ahead = self._playback.ahead
        if ahead is None or ahead.what is not What.IN:
            return self._REMOVED, []
        answer = self._playback.taken().data
        return (_OK, list(answer)) if answer else (self._REMOVED, [])

    def SCardDisconnect(self, card: int, disposition: int) -> int:  # noqa: N802
        _ = card, disposition
        return _OK

    def _strayed(self, why: str) -> int:
        self._playback.strayed = self._playback.strayed or why
        return self._REMOVED
