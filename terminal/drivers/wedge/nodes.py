"""Devices that play a USB keyboard, through evdev: grabbed, so that nothing is typed into a page or a login.

Many have several event nodes; all nodes of one device are read as one.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import os
import select
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol

from msgspec import Meta

from terminal.core.errors import DeviceMissing
from terminal.core.values import Value
from terminal.drivers.codecs.hid_keys import ENTER, KeyDecoder, key_bytes, key_of
from terminal.drivers.codecs.layouts import LayoutName
from terminal.drivers.codecs.scan_line import BadLine
from terminal.runtime.descriptor import readable
from terminal.runtime.trace import Playback, What, noted, played

_EV_SYN, _EV_KEY, _SYN_DROPPED = 0, 1, 3
"""Of linux/input-event-codes.h; fixed by the kernel."""
_NODES: Final = Path("/dev/input")


class Keyboards(Value, frozen=True, kw_only=True):
    """Which device it is and how it was set up."""

    path: Path | None = None
    """Such as /dev/input/by-id/usb-...-event-kbd, the same in whatever socket it is plugged; for one of two
    alike /dev/input/by-path/..., the same whatever is plugged there."""
    match: str = ""
    """A part of its name, without `path`: only one device may be called so."""
    layout: LayoutName = LayoutName.US
    """The country's keyboard that it is set to, whatever this machine has."""
    prefix: str = ""
    """What it types in front of each reading; taken off."""
    suffix: str = ""
    """What it types behind, before the key that ends the reading."""
    ends_with: Literal["enter", "tab", "silence"] = "enter"
    """What ends a reading. Enter does in any case."""
    silence_ms: Annotated[int, Meta(ge=20, le=10_000)] = 300
    """A reading that began and did not go on for so long was cut off or, where silence ends it, is whole."""

    @property
    def decoder(self) -> KeyDecoder:
        """As it was set up."""
        return KeyDecoder(
            prefix=self.prefix,
            suffix=self.suffix,
            tab_ends=self.ends_with == "tab",
            silence_ends=self.ends_with == "silence",
            layout=self.layout,
        )


async def typed(settings: Keyboards, device: str) -> AsyncGenerator[list[str | BadLine] | None, None]:
    """What the device of that name types; first None, when it is ready.

    Raises DeviceMissing: it is not there, grabbed by another program, or gone.
    """
    if playback := played(device):
        opened: AbstractContextManager[Typing] = contextlib.nullcontext(PlayedKeys(playback))
    else:
        try:
            evdev = await asyncio.to_thread(importlib.import_module, "evdev")  # Takes 50 ms.
        except ImportError:
            raise DeviceMissing("evdev is not installed: apt-get install python3-evdev") from None
        opened = _opened(evdev.InputDevice, settings)
    decoder = settings.decoder
    with opened as typing:
        yield None
        while True:
            events = await typing.heard(settings.silence_ms if decoder.waiting else None)
            if events is None:
                yield decoder.silence()
            else:
                yield [one for event in events for one in _fed(decoder, event, device)]


class KeyEvent(Protocol):
    """Evdev's `InputEvent`."""

    @property
    def type(self) -> int: ...

    @property
    def code(self) -> int: ...

    @property
    def value(self) -> int: ...


class Typing(Protocol):
    async def heard(self, within_ms: int | None) -> Sequence[KeyEvent] | None:
        """What was typed; None: nothing in that time. Raises DeviceMissing."""
        ...


class Keyboard(Protocol):
    """Evdev's `InputDevice`."""

    fd: int
    name: str
    phys: str
    uniq: str

    def capabilities(self) -> Mapping[int, Sequence[int]]: ...

    def read(self) -> Iterable[KeyEvent]: ...

    def grab(self) -> None: ...

    def close(self) -> None: ...


OpenedAt = Callable[[str], Keyboard]
"""Raises OSError."""


class Nodes:
    """The open event nodes of one device, waited for as one file descriptor."""

    def __init__(self, keyboards: Mapping[str, Keyboard]) -> None:
        self._by_fd = {keyboard.fd: (path, keyboard) for path, keyboard in keyboards.items()}
        self._any = select.epoll()
        for fd in self._by_fd:
            self._any.register(fd, select.EPOLLIN)

    async def heard(self, within_ms: int | None) -> list[KeyEvent] | None:
        """None: nothing in that time. Raises DeviceMissing, as `read`."""
        return self.read() if await readable(self._any.fileno(), within_ms) else None

    def read(self) -> list[KeyEvent]:
        """Raises DeviceMissing: ENODEV when it was pulled out, or an end of file."""
        events: list[KeyEvent] = []
        for fd, _ in self._any.poll(0):
            path, keyboard = self._by_fd[fd]
            try:
                fresh = list(keyboard.read())
            except BlockingIOError:
                continue
            except OSError as fault:
                raise DeviceMissing(f"{path}: {fault.strerror or 'gone'}") from None
            if not fresh:
                raise DeviceMissing(f"{path}: it came to its end")
            events += fresh
        return events

    def close(self) -> None:
        self._any.close()


class PlayedKey(Value, frozen=True, kw_only=True):
    type: int
    code: int
    value: int


class PlayedKeys:
    """`Typing` of a recording."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback

    async def heard(self, within_ms: int | None) -> list[KeyEvent] | None:
        record = self._playback.within(within_ms)
        if record is None:
            return None
        if record.what is What.LOST:
            return [PlayedKey(type=_EV_SYN, code=_SYN_DROPPED, value=0)]
        code, value = key_of(record.data)
        return [PlayedKey(type=_EV_KEY, code=code, value=value)]


@contextlib.contextmanager
def _opened(opened_at: OpenedAt, settings: Keyboards) -> Generator[Nodes, None, None]:
    """All nodes of the device, ours alone. Raises DeviceMissing."""
    with contextlib.ExitStack() as stack:
        keyboards: dict[str, Keyboard] = {}
        for path in _chosen(opened_at, settings):
            try:
                keyboards[path] = keyboard = opened_at(path)
                stack.callback(_close, keyboard)
                keyboard.grab()
            except OSError as fault:
                raise DeviceMissing(f"{path}: {_reason(fault)}") from None
        nodes = Nodes(keyboards)
        stack.callback(nodes.close)
        yield nodes


class Seen(Value, frozen=True, kw_only=True):
    """What a node says of itself."""

    path: str
    name: str
    place: tuple[str, str]
    """Where the device is plugged in and its serial number: the same for all its nodes."""


def _chosen(opened_at: OpenedAt, settings: Keyboards) -> list[str]:
    """The nodes of the one device that is meant. Raises DeviceMissing."""
    if settings.path is not None:
        try:
            meant = _seen(opened_at, str(settings.path.resolve()))
        except OSError as fault:
            raise DeviceMissing(f"{settings.path}: {_reason(fault)}") from None
        if meant is None:
            raise DeviceMissing(f"{settings.path}: this device has no keys to type with")
        return sorted({meant.path, *(one.path for one in _all(opened_at) if one.place == meant.place)})
    seen = _all(opened_at)
    names = sorted({one.name for one in seen})
    if not settings.match:
        raise DeviceMissing(f"neither path nor match says which keyboard it is; there are: {names}")
    wanted = [one for one in seen if settings.match.casefold() in one.name.casefold()]
    if not wanted:
        raise DeviceMissing(f"no keyboard is called {settings.match!r}; there are: {names}")
    places = {one.place for one in wanted}
    if len(places) > 1:
        raise DeviceMissing(f"{len(places)} keyboards are called {settings.match!r}: give the path of one")
    return [one.path for one in seen if one.place in places]


def _all(opened_at: OpenedAt) -> list[Seen]:
    """Every keyboard that may be opened. Raises DeviceMissing: there are devices, but none may be."""
    found: list[Seen] = []
    refused = 0
    for path in sorted(map(str, _NODES.glob("event*"))):
        try:
            if seen := _seen(opened_at, path):
                found.append(seen)
        except PermissionError:
            refused += 1
        except OSError:  # Gone since it was listed.
            continue
    if refused and not found:
        raise DeviceMissing(f"{refused} input devices may not be opened: is this user in the group input?")
    return found


def _seen(opened_at: OpenedAt, path: str) -> Seen | None:
    """None: no keyboard, but a pointer, a power button or the like. Raises OSError."""
    keyboard = opened_at(path)
    try:
        if ENTER not in keyboard.capabilities().get(_EV_KEY, ()):
            return None
        socket, _, _ = keyboard.phys.partition("/")  # usb-0000:00:14.0-1/input0
        place = (socket, keyboard.uniq) if socket or keyboard.uniq else (path, "")
        return Seen(path=path, name=keyboard.name, place=place)
    finally:
        _close(keyboard)


def _close(keyboard: Keyboard) -> None:
    with contextlib.suppress(OSError):  # Closing what was pulled out.
        keyboard.close()


def _reason(fault: OSError) -> str:
    if fault.errno == errno.EBUSY:
        return "another program has grabbed it"
    if fault.errno == errno.ENOTTY:
        return "this is no input device"
    return os.strerror(fault.errno) if fault.errno else "it cannot be opened"


def _fed(decoder: KeyDecoder, event: KeyEvent, device: str) -> list[str | BadLine]:
    if event.type == _EV_KEY:
        noted(device, What.KEY, key_bytes(event.code, event.value))
        return decoder.feed(event.code, event.value)
    if event.type == _EV_SYN and event.code == _SYN_DROPPED:
        noted(device, What.LOST)
        decoder.lost()
    return []
