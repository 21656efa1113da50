"""The running terminal answers questions about itself on a Unix socket: its own user and root all of them.

Technicians, who are of its group, ask what `for_group` names; who that is, the kernel says.

One process owns the ledger's file, so whoever wants to know asks that process. One JSON line each way:
`{"ask": NAME, "said": [...]}`, then whatever NAME answers. Who begins with `GET` is answered as HTTP does, so
that `curl --unix-socket` and what collects figures need no program of ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import TypeVar

import msgspec

from terminal.core.values import Value

log = logging.getLogger(__name__)

TECHNICIAN = "technician"
"""What the maintenance menu asks, all of it by this one name."""
QUESTION_BYTES_MAX = 4_096
"""A Z says the totalisers of up to 99 nozzles."""
ANSWER_BYTES_MAX = 1 << 20
QUESTION_S = 2.0
CONNECT_S = 2.0
"""The kernel takes a caller in as long as few wait."""
ANSWER_S = 900.0
"""The longest that any answer may take."""
_CALLERS_MAX = 4
_UNANSWERED = "question not answered: the caller went away or asked nothing that is known"
_PEERCRED = struct.Struct("3i")
_PEERGROUPS = 59
"""SO_PEERGROUPS of socket(7), which Python's `socket` does not name."""
_GROUPS_MAX = 256
"""As many as `getsockopt` has room for here; a technician is of a few."""
_GID_BYTES = 4
_MODE = 0o660
_GET = b"GET /"
_SILENT = "the terminal runs and does not answer:"

_Answer = TypeVar("_Answer", bound=Value)

Answers = Mapping[str, Callable[[tuple[str, ...]], Awaitable[Value]]]
"""By what is asked; each is given what was said beside it."""

Pages = Mapping[str, Callable[[], Awaitable[bytes]]]
"""Texts that anybody who may ask can GET, by path."""


class Question(Value, frozen=True, kw_only=True):
    ask: str
    said: tuple[str, ...] = ()


class Unanswered(Exception):
    """Nobody listens there, or what came back cannot be used."""


class Silent(Unanswered):
    """A terminal runs there and did not answer: it hangs, is busy, or knows no such question."""


class NotAllowed(Unanswered):
    """The terminal runs as another user."""


class Answering:
    """The terminal's end; the supervisor runs `run`."""

    def __init__(
        self,
        path: Path,
        answers: Answers,
        pages: Pages | None = None,
        *,
        page_type: str = "text/plain",
        for_group: Collection[str] = (),
    ) -> None:
        """`for_group`: names of `answers` for whoever is of this process' group. Pages are not for them."""
        self._path = path
        self._answers = answers
        self._pages = pages or {}
        self._page_type = page_type
        self._for_group = frozenset(for_group)
        self._callers = 0
        self.listens = asyncio.Event()

    async def run(self) -> None:
        """Listens until cancelled. Raises OSError where the socket cannot be made."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        # The ledger's lock says that we are the only terminal here, so what lies there is a leftover.
        if self._path.is_socket():
            self._path.unlink()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(str(self._path))
            self._path.chmod(_MODE)
            async with asyncio.TaskGroup() as talks:

                def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                    talks.create_task(self._talk(reader, writer))

                async with await asyncio.start_unix_server(
                    talk, sock=listening, limit=QUESTION_BYTES_MAX, backlog=_CALLERS_MAX
                ) as server:
                    self.listens.set()
                    await server.serve_forever()
        finally:
            listening.close()
            with contextlib.suppress(OSError):
                self._path.unlink()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            caller = _caller(writer)
            if self._callers < _CALLERS_MAX and caller is not _Caller.STRANGER:
                self._callers += 1
                try:
                    async with asyncio.timeout(ANSWER_S):
                        writer.write(await self._answer(reader, whole=caller is _Caller.OWN))
                        await writer.drain()
                finally:
                    self._callers -= 1
        except asyncio.IncompleteReadError as cut:
            if cut.partial:  # Who says nothing at all only looks whether anybody listens.
                log.info(_UNANSWERED)
        except (OSError, TimeoutError, ValueError, asyncio.LimitOverrunError):
            log.info(_UNANSWERED)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, *, whole: bool) -> bytes:
        """`whole`: for who may ask everything."""
        async with asyncio.timeout(QUESTION_S):
            line = await reader.readuntil(b"\n")
            if whole and line.startswith(_GET):
                return await self._page(line, reader)
        question = msgspec.json.decode(line, type=Question)
        answer = self._answers.get(question.ask)
        if answer is None or not (whole or question.ask in self._for_group):
            raise ValueError("unknown question")
        return msgspec.json.encode(await answer(question.said)) + b"\n"

    async def _page(self, line: bytes, reader: asyncio.StreamReader) -> bytes:
        """RFC 9112: a request line, fields, an empty line. The fields change nothing here."""
        while (await reader.readuntil(b"\n")).strip():
            continue
        page = self._pages.get(line.split()[1].decode("ascii"))
        status, body = (b"404 Not Found", b"") if page is None else (b"200 OK", await page())
        fields = f"Content-Type: {self._page_type}\r\nContent-Length: {len(body)}\r\nConnection: close"
        return b"HTTP/1.1 " + status + b"\r\n" + fields.encode() + b"\r\n\r\n" + body


class _Caller(Enum):
    OWN = auto()
    GROUP = auto()
    STRANGER = auto()


def _caller(writer: asyncio.StreamWriter) -> _Caller:
    """As the kernel knew them when they connected."""
    peer: socket.socket = writer.get_extra_info("socket")
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEERCRED.size)
    pid, uid, gid = _PEERCRED.unpack(raw)
    if uid in {0, os.geteuid()}:
        return _Caller.OWN
    if os.getegid() in {gid, *_groups(peer)}:
        return _Caller.GROUP
    log.warning("question refused: uid=%d pid=%d", uid, pid)
    return _Caller.STRANGER


def _groups(peer: socket.socket) -> Sequence[int]:
    """Supplementary ones; none where there are too many, or the kernel is too old to say."""
    try:
        raw = peer.getsockopt(socket.SOL_SOCKET, _PEERGROUPS, _GROUPS_MAX * _GID_BYTES)
    except OSError:
        return ()
    return struct.unpack(f"{len(raw) // _GID_BYTES}I", raw)


def listened(path: Path) -> bool:
    """Whether a terminal runs there: one that is too busy to answer, or may not be asked by us, does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(CONNECT_S)
        try:
            line.connect(str(path))
        except (TimeoutError, BlockingIOError, PermissionError):
            return True
        except OSError:
            return False
    return True


def asked(path: Path, ask: str, answer: type[_Answer], *said: str, within_s: float) -> _Answer:
    """The other end: one question, one answer. Blocks.

    Raises:
        NotAllowed: it is somebody else's terminal.
        Silent: it runs, and did not answer.
        Unanswered: it does not run.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(within_s)
        try:
            line.connect(str(path))
        except PermissionError:
            raise NotAllowed("the terminal runs as another user: try sudo") from None
        except (TimeoutError, BlockingIOError):
            raise Silent(f"{_SILENT} others wait for it, too") from None
        except OSError as fault:
            raise Unanswered(fault.strerror or type(fault).__name__) from None
        try:
            line.sendall(msgspec.json.encode(Question(ask=ask, said=said)) + b"\n")
            data = _whole(line)
        except OSError as fault:
            raise Silent(f"{_SILENT} {fault.strerror or f'nothing within {within_s:g} s'}") from None
    try:
        return msgspec.json.decode(data, type=answer)
    except msgspec.DecodeError:
        raise Silent(f"{_SILENT} it hung up") from None


def _whole(line: socket.socket) -> bytes:
    data = bytearray()
    while len(data) <= ANSWER_BYTES_MAX and (chunk := line.recv(65_536)):
        data += chunk
    return bytes(data)
