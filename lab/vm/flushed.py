"""A disk whose writes are durable only once they are flushed, served to an emulator by NBD.

The protocol is NBD's with fixed newstyle negotiation (NetworkBlockDevice, doc/proto.md), of which a client
that is qemu needs this much. One client at a time.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

BLOCK: Final = 4096
"""What a cell of flash holds at least: no block is torn."""
_MAGIC, _OPTION, _REPLY = 0x4E42444D41474943, 0x49484156454F5054, 0x3E889045565A9
_REQUEST, _ANSWER = 0x25609513, 0x67446698
_FIXED, _FLAGS = 1 | 2, 1 | 4 | 8
"""Fixed newstyle, no zeroes; of the export: has flags, takes FLUSH, takes FUA."""
_GO = 7
_ACK, _ABOUT, _UNKNOWN = 1, 3, 0x80000001
_READ, _WRITE, _BYE, _FLUSH = 0, 1, 2, 3
_FUA = 1
_FLUSHED = -1
"""In the place of where something was written."""
_HANGS_UP_S = 20.0


Changed = frozenset[tuple[int, bytes]]
"""Blocks of a disk by their number, and what is in them instead."""


class Left(StrEnum):
    """Of what was written and not flushed when the power went."""

    NOTHING = "none"
    SOME = "random"
    """Of each block what was there before, or any of what was written to it since."""
    EVERYTHING = "all"


class Flushed:
    """Serves within its `with` block.

    Args:
        path: of the Unix socket.
        content: what is on the disk.
    """

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.flushes = 0
        self._stable, self._now = bytearray(content), bytearray(content)
        self._pending: defaultdict[int, list[bytes]] = defaultdict(list)
        self._guard = threading.Lock()
        self._hung_up = threading.Event()
        self._hung_up.set()
        self._writes_left = 0
        self._stopped = threading.Event()
        self._heard: Callable[[], int] = lambda: 0
        self._since: list[tuple[int, int, bytes, bool]] = []
        self._before = b""

    @property
    def content(self) -> bytes:
        """What is durable."""
        return bytes(self._stable)

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.path))
        self._listening.listen()
        threading.Thread(target=self._serve, daemon=True, name="nbd").start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.path.unlink(missing_ok=True)

    def remembers(self, heard: Callable[[], int]) -> None:
        """From here on each write and flush, and how much had been heard of the machine when it came."""
        with self._guard:
            self._heard, self._since, self._before = heard, [], bytes(self._stable)

    def moments(self, count: int, dice: random.Random) -> Iterator[tuple[int, Flushed]]:
        """So many of the writes since then, in order: what had been heard, and the disk right after it."""
        writes = [place for place, one in enumerate(self._since) if one[1] != _FLUSHED]
        chosen = set(dice.sample(writes, min(count, len(writes))))
        disk = Flushed(self.path, self._before)
        for place, (heard, at, data, through) in enumerate(self._since):
            if at == _FLUSHED:
                disk.flush()
            else:
                disk.write(at, data, through=through)
            if place in chosen:
                yield heard, disk

    def stops_after(self, writes: int) -> threading.Event:
        """Set after so many more: then nothing that is asked is done, nor answered, until the power goes."""
        with self._guard:
            self._writes_left = writes
        return self._stopped

    def cut(self, left: Left, dice: random.Random) -> int:
        """The power goes: how many blocks were on their way. What is left is all there is from now on.

        Raises TimeoutError: somebody is still being served.
        """
        self._ended()
        with self._guard:
            count = len(self._pending)
            _put(self._stable, self._left(left, dice))
            self._pending.clear()
            self._now[:] = self._stable
            self._writes_left = 0
            self._stopped.clear()
        return count

    def would_leave(self, left: Left, dice: random.Random) -> Changed:
        """What a cut would change; nothing is lost by asking. Raises TimeoutError as `cut` does."""
        self._ended()
        with self._guard:
            return self._left(left, dice)

    def changed(self, blocks: Changed) -> bytes:
        """`content` with these."""
        with self._guard:
            image = bytearray(self._stable)
        _put(image, blocks)
        return bytes(image)

    def _ended(self) -> None:
        """A client that was killed may have said more than was read until now."""
        if not self._hung_up.wait(_HANGS_UP_S):
            raise TimeoutError("the emulator is still there")

    def _left(self, left: Left, dice: random.Random) -> Changed:
        found = set[tuple[int, bytes]]()
        for block, versions in sorted(self._pending.items()):
            before = bytes(self._stable[block * BLOCK : (block + 1) * BLOCK])
            possible = {
                Left.NOTHING: [before],
                Left.SOME: [before, *versions],
                Left.EVERYTHING: versions[-1:],
            }[left]
            if (chosen := dice.choice(possible)) != before:
                found.add((block, chosen))
        return frozenset(found)

    def write(self, at: int, data: bytes, *, through: bool = False) -> None:
        """`through`: durable when this returns, as FUA asks; of these blocks, not of others."""
        with self._guard:
            self._now[at : at + len(data)] = data
            for block in range(at // BLOCK, -(-(at + len(data)) // BLOCK)):
                self._pending[block].append(bytes(self._now[block * BLOCK : (block + 1) * BLOCK]))
                if through:
                    self._keep(block)
            if self._before:
                self._since.append((self._heard(), at, bytes(data), through))

    def flush(self) -> None:
        with self._guard:
            if self._before:
                self._since.append((self._heard(), _FLUSHED, b"", False))
            self.flushes += 1
            for block in list(self._pending):
                self._keep(block)

    def _was_the_last(self) -> bool:
        with self._guard:
            self._writes_left -= 1
            if self._writes_left == 0:
                self._stopped.set()
        return self._stopped.is_set()

    def _keep(self, block: int) -> None:
        self._stable[block * BLOCK : (block + 1) * BLOCK] = self._pending.pop(block)[-1]

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            self._hung_up.clear()
            # An emulator that was killed hangs up in the middle.
            with line, contextlib.suppress(OSError, EOFError):
                if self._agreed(line):
                    self._answer(line)
            self._hung_up.set()

    def _agreed(self, line: socket.socket) -> bool:
        """What is served. False: the client does not want it."""
        line.sendall(struct.pack(">QQH", _MAGIC, _OPTION, _FIXED))
        _exactly(line, 4)
        size = len(self._now)
        while True:
            _, option, length = struct.unpack(">QII", _exactly(line, 16))
            _exactly(line, length)

            def said(kind: int, data: bytes = b"", option: int = option) -> None:
                line.sendall(struct.pack(">QIII", _REPLY, option, kind, len(data)) + data)

            match option:
                case 1:  # EXPORT_NAME
                    line.sendall(struct.pack(">QH", size, _FLAGS))
                    return True
                case 2:  # ABORT
                    said(_ACK)
                    return False
                case 6 | 7:  # INFO, GO
                    said(_ABOUT, struct.pack(">HQH", 0, size, _FLAGS))
                    said(_ACK)
                    if option == _GO:
                        return True
                case _:
                    said(_UNKNOWN)

    def _answer(self, line: socket.socket) -> None:
        while True:
            _, flags, what, handle, at, length = struct.unpack(">IHHQQI", _exactly(line, 28))
            data = b""
            if what == _WRITE:
                self.write(at, _exactly(line, length), through=bool(flags & _FUA))
                if self._was_the_last():
                    while line.recv(1 << 16):
                        continue
                    return
            elif what == _READ:
                with self._guard:
                    data = bytes(self._now[at : at + length])
            elif what == _FLUSH:
                self.flush()
            elif what == _BYE:
                return
            line.sendall(struct.pack(">IIQ", _ANSWER, 0, handle) + data)


def _put(image: bytearray, blocks: Changed) -> None:
    for block, data in blocks:
        image[block * BLOCK : (block + 1) * BLOCK] = data


def _exactly(line: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        chunk = line.recv(size - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)
