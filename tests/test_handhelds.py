"""Handhelds as a technician lets them in and shuts them out, with a terminal that runs."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from msgspec.structs import replace

from terminal import known_time
from terminal.__main__ import main
from terminal.config import load
from terminal.core.commands import ClockTrust
from terminal.maintenance.facts import ClockFacts, Facts
from terminal.maintenance.socket import Answering
from tests.counter_config import COUNTER
from tests.maintenance.test_doctor import WELL

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In a folder of its own, where the files for handhelds go. The machine's clock is believed."""
    monkeypatch.setattr(known_time, "SystemClock", lambda: At(trust=ClockTrust.NETWORK))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "terminal.toml"
    path.write_text(COUNTER)
    (tmp_path / "data").mkdir()
    return path


def did(config: Path, capsys: Capture, *words: str) -> tuple[int, str, str]:
    code = main([*words, "--config", str(config)])
    return (code, *capsys.readouterr())


class At:
    """A machine's clock."""

    def __init__(self, wall_ms: int = time.time_ns() // 1_000_000, *, trust: ClockTrust) -> None:
        self.trust = trust
        self._wall_ms = wall_ms

    def wall_ms(self) -> int:
        return self._wall_ms


@pytest.mark.parametrize(("wall_ms", "said"), [(0, "1970-01-01 00:00"), (10**17, "9999-12-31 23:59")])
def test_by_a_clock_that_is_not_believed_nobody_is_let_in(
    wall_ms: int, said: str, config: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another time its certificate would have ended, or not begun, once the clock is right."""
    monkeypatch.setattr(known_time, "SystemClock", lambda: At(wall_ms, trust=ClockTrust.UNKNOWN))
    code, out, wrong = did(config, capsys, "enrol-handheld", "a")
    assert (code, out) == (1, "")
    assert wrong.startswith(f"the clock is not believed; it says {said} UTC. Where that is right, say")
    assert not config.with_name("a.p12").exists()
    assert did(config, capsys, "handhelds") == (0, "", "")


def test_where_somebody_vouches_for_the_clock_it_is_gone_by(
    config: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shop without any network has nobody else."""
    monkeypatch.setattr(known_time, "SystemClock", lambda: At(1_900_000_000_000, trust=ClockTrust.UNKNOWN))
    assert did(config, capsys, "enrol-handheld", "a", "--clock-is-right")[0] == 0
    assert did(config, capsys, "handhelds")[1].endswith("until 2032-03-16\n")


async def test_the_terminal_that_runs_knows_more_of_the_clock_than_the_machine(
    config: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headquarters said that it is two years behind, or that it is not to be believed."""
    monkeypatch.setattr(known_time, "SystemClock", lambda: At(1_900_000_000_000, trust=ClockTrust.NETWORK))
    clock = ClockFacts(wall_ms=1_963_072_000_000, trust=ClockTrust.HEADQUARTERS, synchronised=None)
    told = replace(WELL, clock=clock)

    async def facts(_said: Sequence[str]) -> Facts:
        return told

    answering = Answering(load(config).file.terminal.socket, {"doctor": facts})
    task = asyncio.create_task(answering.run())
    await answering.listens.wait()
    try:
        assert (await asyncio.to_thread(did, config, capsys, "enrol-handheld", "a"))[0] == 0
        told = replace(WELL, clock=replace(clock, trust=ClockTrust.UNKNOWN))
        _, _, wrong = await asyncio.to_thread(did, config, capsys, "enrol-handheld", "b")
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert did(config, capsys, "handhelds")[1].endswith("until 2034-03-16\n")
    assert wrong.startswith("the clock is not believed; it says 2032-03-")


def passphrase_in(said: str) -> bytes:
    return next(line.split()[1] for line in said.splitlines() if line.startswith("passphrase")).encode()


def test_a_handheld_gets_a_file_and_a_passphrase_once(config: Path, capsys: Capture) -> None:
    code, said, wrong = did(config, capsys, "enrol-handheld", "till-2")
    made = config.with_name("till-2.p12")
    assert (code, wrong) == (0, "")
    assert "no [till_page] is configured yet" in said
    assert made.stat().st_mode & 0o777 == 0o600
    opened = load_pkcs12(made.read_bytes(), passphrase_in(said))
    assert opened.cert is not None
    fingerprint = next(line for line in said.splitlines() if line.startswith("handheld")).split()[1:]
    listed = did(config, capsys, "handhelds")
    ends = opened.cert.certificate.not_valid_after_utc.date()
    assert listed == (0, f"till-2  {' '.join(fingerprint)}  until {ends}\n", "")
    assert len("".join(fingerprint)) == 64
    kept = [path.read_bytes() for path in config.parent.rglob("*") if path.is_file()]
    assert not [one for one in kept if passphrase_in(said) in one]


def test_where_the_page_is_stands_there_as_a_code(config: Path, capsys: Capture) -> None:
    with config.open("a") as file:
        file.write('\n[till_page]\naddress = "192.168.1.20"\nport = 8323\n')
    code, said, _ = did(config, capsys, "enrol-handheld", "a", "given.p12")
    assert code == 0
    assert "https://192.168.1.20:8323/\n" in said
    assert "█" in said
    assert config.with_name("given.p12").exists()


def test_no_two_have_the_same_passphrase(config: Path, capsys: Capture) -> None:
    said = [passphrase_in(did(config, capsys, "enrol-handheld", name)[1]) for name in ("a", "b")]
    assert said[0] != said[1]
    assert [len(one) for one in said] == [23, 23]


def test_a_file_that_is_there_or_cannot_be_made_lets_nobody_in(config: Path, capsys: Capture) -> None:
    config.with_name("a.p12").write_text("mine")
    code, said, wrong = did(config, capsys, "enrol-handheld", "a")
    assert (code, said, wrong) == (1, "", "a.p12: is there already\n")
    code, said, wrong = did(config, capsys, "enrol-handheld", "b", "nowhere/b.p12")
    assert (code, said, wrong) == (1, "", "nowhere/b.p12: No such file or directory\n")
    assert config.with_name("a.p12").read_text() == "mine"
    assert did(config, capsys, "handhelds") == (0, "", "")


def test_who_is_revoked_is_listed_no_more(config: Path, capsys: Capture) -> None:
    for name in ("b", "a"):
        did(config, capsys, "enrol-handheld", name)
    assert [line.split()[0] for line in did(config, capsys, "handhelds")[1].splitlines()] == ["a", "b"]
    assert did(config, capsys, "revoke-handheld", "a") == (0, "a is refused from now on\n", "")
    code, said, wrong = did(config, capsys, "revoke-handheld", "a")
    assert (code, said, wrong) == (1, "", "there is no handheld a: see terminal handhelds\n")
    assert [line.split()[0] for line in did(config, capsys, "handhelds")[1].splitlines()] == ["b"]


def test_before_the_first_start_there_is_no_place_for_any(config: Path, capsys: Capture) -> None:
    config.with_name("data").rmdir()
    code, said, wrong = did(config, capsys, "enrol-handheld", "a")
    assert (code, said) == (1, "")
    assert wrong.endswith("data/ledger.handhelds: No such file or directory\n")
    assert did(config, capsys, "handhelds") == (0, "", "")


def test_names_that_are_none_or_taken_are_refused(config: Path, capsys: Capture) -> None:
    assert did(config, capsys, "enrol-handheld", "../a")[::2] == (
        1,
        "a name has 1 to 32 of A-Z, a-z, 0-9, _ and -\n",
    )
    did(config, capsys, "enrol-handheld", "a")
    config.with_name("a.p12").unlink()
    assert did(config, capsys, "enrol-handheld", "a")[::2] == (
        1,
        "there is a handheld a: revoke it first\n",
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def answered(port: int, context: ssl.SSLContext) -> bytes:
    """To somebody without a certificate."""
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 30) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as agreed,
        ):
            agreed.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            return agreed.recv(1)
    except OSError:
        return b""


@pytest.mark.parametrize("configured", [True, False])
def test_the_terminal_that_runs_serves_the_page_only_where_it_is_configured(
    config: Path, *, configured: bool
) -> None:
    port = free_port()
    if configured:
        with config.open("a") as file:
            file.write(f'\n[till_page]\naddress = "127.0.0.1"\nport = {port}\n')
        # Whoever enrols one vouches for the clock, which nobody may believe on this machine.
        p12 = str(config.parent / "a.p12")
        assert main(["enrol-handheld", "a", p12, "--clock-is-right", "--config", str(config)]) == 0
    line = [sys.executable, "-m", "terminal", "run", "--config", str(config)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as terminal:
        try:
            assert terminal.stdout is not None
            assert json.loads(terminal.stdout.readline())["event"] == "ready"
            if configured:
                assert terminal.stderr is not None
                while f"handhelds come to https://127.0.0.1:{port}/" not in terminal.stderr.readline():
                    pass
                pem = config.parent.glob("**/*.handhelds/authority.pem")
                context = ssl.create_default_context(cadata=next(pem).read_text())
                assert answered(port, context) == b""
            else:
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", port), 30)
                assert not list(config.parent.glob("**/*.handhelds"))
        finally:
            terminal.terminate()
