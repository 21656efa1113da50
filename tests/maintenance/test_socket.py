"""Questions to the running terminal over a real Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from terminal.core.values import Value
from terminal.maintenance.socket import Answering, NotAllowed, Silent, Unanswered, asked, listened


class Pulse(Value, frozen=True, kw_only=True):
    beats: int


def listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as tried:
        return tried.connect_ex(str(path)) == 0


@contextlib.asynccontextmanager
async def answering(path: Path) -> AsyncGenerator[Answering, None]:
    async def pulse(_said: tuple[str, ...] = ()) -> Pulse:
        return Pulse(beats=60)

    server = Answering(path, {"pulse": pulse, "secret": pulse}, {"/metrics": _figures}, for_group=["pulse"])
    task = asyncio.create_task(server.run())
    while not listening(path):
        assert not task.done(), task
        await asyncio.sleep(0)
    try:
        yield server
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def talk(path: Path, data: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(data)
        writer.write_eof()
        return await reader.read()
    finally:
        await hung_up(writer)


async def hung_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def test_a_question_is_answered(tmp_path: Path) -> None:
    async with answering(tmp_path / "t.sock"):
        assert await asyncio.to_thread(asked, tmp_path / "t.sock", "pulse", Pulse, within_s=30) == Pulse(
            beats=60
        )


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"\n",
        b"\xff\x00\n",
        b'{"ask": "shutdown"}\n',
        b'{"ask": 5}\n',
        b"x" * 100_000,
        b'{"ask": "pulse"',
    ],
)
async def test_nonsense_gets_no_answer_and_harms_nobody(tmp_path: Path, nonsense: bytes) -> None:
    async with answering(tmp_path / "t.sock"):
        with contextlib.suppress(ConnectionError):
            assert await talk(tmp_path / "t.sock", nonsense) == b""
        assert await talk(tmp_path / "t.sock", b'{"ask":"pulse"}\n') == b'{"beats":60}\n'


async def test_who_only_looks_whether_anybody_listens_writes_no_line_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "t.sock"
    async with answering(path) as server:
        for _ in range(3):
            assert await asyncio.to_thread(listened, path)
        await talk(path, b'{"ask":"pulse"}\n')
        assert server._callers == 0
        assert [one.message for one in caplog.records if "question" in one.message] == []
        for nonsense in (b'{"ask": "pulse"', b'{"ask": "shutdown"}\n'):
            with contextlib.suppress(ConnectionError):
                await talk(path, nonsense)
        assert len([one for one in caplog.records if one.message.startswith("question not answered")]) == 2


async def test_more_callers_than_it_takes_are_hung_up_on(tmp_path: Path) -> None:
    path = tmp_path / "t.sock"
    async with answering(path) as server:
        waiting = [await asyncio.open_unix_connection(path) for _ in range(4)]
        while server._callers < 4:  # noqa: ASYNC110  what is waited for sets no event
            await asyncio.sleep(0)
        with contextlib.suppress(ConnectionError):
            assert await talk(path, b'{"ask":"pulse"}\n') == b""
        for _, writer in waiting:
            await hung_up(writer)


async def test_a_leftover_socket_is_replaced_and_none_is_left(tmp_path: Path) -> None:
    path = tmp_path / "t.sock"
    with socket.socket(socket.AF_UNIX) as leftover:
        leftover.bind(str(path))
    async with answering(path):
        assert await talk(path, b'{"ask":"pulse"}\n') == b'{"beats":60}\n'
    assert not path.exists()


async def test_what_is_no_socket_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "t.sock"
    path.write_text("somebody's")
    with pytest.raises(OSError, match="in use"):
        await Answering(path, {}).run()


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(Unanswered, match="No such file") as nobody:
        asked(tmp_path / "t.sock", "pulse", Pulse, within_s=30)
    assert not isinstance(nobody.value, Silent)
    with socket.socket(socket.AF_UNIX) as leftover:
        leftover.bind(str(tmp_path / "t.sock"))
    with pytest.raises(Unanswered, match="Connection refused") as nobody:
        asked(tmp_path / "t.sock", "pulse", Pulse, within_s=30)
    assert not isinstance(nobody.value, Silent)


def test_one_that_takes_nobody_in_any_more_runs(tmp_path: Path) -> None:
    path = tmp_path / "t.sock"
    said = []
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(str(path))
        busy.listen(0)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(str(path))
            for _ in range(2):
                with pytest.raises(Silent, match="the terminal runs and does not answer") as silent:
                    asked(path, "pulse", Pulse, within_s=0.05)
                said.append(str(silent.value).partition(": ")[2])
    assert said[-1] in {"others wait for it, too", "nothing within 0.05 s"}


def test_one_that_says_nothing_runs(tmp_path: Path) -> None:
    path = tmp_path / "t.sock"
    with socket.socket(socket.AF_UNIX) as hangs:
        hangs.bind(str(path))
        hangs.listen()
        with pytest.raises(Silent, match=r"does not answer: nothing within 0\.05 s"):
            asked(path, "pulse", Pulse, within_s=0.05)


async def test_another_answer_than_was_expected_is_no_answer(tmp_path: Path) -> None:
    class Other(Value, frozen=True, kw_only=True):
        other: str

    async with answering(tmp_path / "t.sock"):
        with pytest.raises(Silent, match="it hung up"):
            await asyncio.to_thread(asked, tmp_path / "t.sock", "pulse", Other, within_s=30)


_AS_SOMEBODY = """
import os, socket, sys
path, gid, more, question = sys.argv[1:]
os.setgroups([int(one) for one in more.split()])
os.setgid(int(gid))
os.setuid(65534)
with socket.socket(socket.AF_UNIX) as line:
    line.connect(path)
    print("connected")
    try:
        line.sendall(question.encode() + b"\\n")
        print(line.recv(4096))
    except OSError:
        print("hung up")
"""
OURS, NOBODYS, OTHERS = str(os.getegid()), "65534", "4 24"
PULSE, SECRET = '{"ask":"pulse"}', '{"ask":"secret"}'
ANSWERED, SILENT = [["connected", "b'{\"beats\":60}\\n'"]], [["connected", "hung up"], ["connected", "b''"]]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
@pytest.mark.parametrize(
    ("gid", "more", "question", "end"),
    [
        (NOBODYS, "", PULSE, SILENT),
        (NOBODYS, OTHERS, PULSE, SILENT),
        (OURS, "", PULSE, ANSWERED),
        (NOBODYS, f"{OTHERS} {OURS}", PULSE, ANSWERED),
        (OURS, "", SECRET, SILENT),
        (OURS, "", "GET /metrics HTTP/1.1\r\n\r", SILENT),
        (NOBODYS, " ".join(map(str, range(1, 300))) + f" {OURS}", PULSE, SILENT),
    ],
)
async def test_another_user_is_answered_as_far_as_their_group_may_ask(
    gid: str, more: str, question: str, end: list[list[str]]
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103  nobody must be able to reach what is in it
        path = Path(folder) / "t.sock"
        async with answering(path):
            assert path.stat().st_mode & 0o777 == 0o660
            path.chmod(0o666)
            process = await asyncio.create_subprocess_exec(
                *("/usr/bin/python3", "-c", _AS_SOMEBODY, str(path), gid, more, question),
                stdout=asyncio.subprocess.PIPE,
            )
            answer, _ = await process.communicate()
    assert answer.decode().split("\n")[:2] in end


def test_one_that_listens_runs_however_busy_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.maintenance.socket.CONNECT_S", 0.05)
    path = tmp_path / "t.sock"
    assert not listened(path)
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(str(path))
        assert not listened(path)
        busy.listen(0)
        for _ in range(3):  # It takes nobody in, so the later ones wait in vain.
            assert listened(path)
    assert not listened(path)


def test_one_that_may_not_be_asked_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        def connect(self, _path: object) -> None:
            raise PermissionError

    monkeypatch.setattr("terminal.maintenance.socket.socket.socket", Refusing)
    assert listened(tmp_path / "t.sock")


def test_not_allowed_is_a_kind_of_no_answer() -> None:
    assert issubclass(NotAllowed, Unanswered)


async def _figures() -> bytes:
    return "terminal_up 1\n屏\n".encode()


@contextlib.asynccontextmanager
async def with_pages(path: Path) -> AsyncGenerator[None, None]:
    server = Answering(path, {}, {"/metrics": _figures}, page_type="text/plain; version=0.0.4")
    task = asyncio.create_task(server.run())
    await server.listens.wait()
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_who_asks_as_http_does_is_answered_so(tmp_path: Path) -> None:
    async with with_pages(tmp_path / "t.sock"):
        said = await talk(tmp_path / "t.sock", b"GET /metrics HTTP/1.1\r\nHost: t\r\nAccept: */*\r\n\r\n")
    assert said == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: 18\r\n"
        b"Connection: close\r\n\r\n" + await _figures()
    )


async def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with with_pages(tmp_path / "t.sock"):
        said = await talk(tmp_path / "t.sock", b"GET /metric HTTP/1.1\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert b"Content-Length: 0\r\n" in said


@pytest.mark.parametrize(
    "cut", [b"GET /metrics HTTP/1.1\r\n", b"GET /metrics HTTP/1.1\r\nHost: t\r\n", b"POST /metrics\r\n\r\n"]
)
async def test_half_a_request_is_not_answered(tmp_path: Path, cut: bytes) -> None:
    async with with_pages(tmp_path / "t.sock"):
        assert await talk(tmp_path / "t.sock", cut) == b""


async def test_where_there_are_no_pages_none_is_found(tmp_path: Path) -> None:
    server = Answering(tmp_path / "t.sock", {})
    task = asyncio.create_task(server.run())
    await server.listens.wait()
    said = await talk(tmp_path / "t.sock", b"GET /metrics HTTP/1.1\r\n\r\n")
    task.cancel()
    await asyncio.wait([task])
    assert said.startswith(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n")
