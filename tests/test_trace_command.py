"""`terminal trace` and `terminal replay`, as a technician types them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.drivers.codecs.recordings import read
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.recordings import traced
from terminal.runtime.clock import SystemClock
from terminal.runtime.trace import What, noted

ROOT = Path(__file__).parents[1]
FILE = """
[terminal]
merchant = "M1"
site = "S1"
id = "T1"
socket = "terminal.sock"

[shop]
name = "青山便利店"

[[catalogue.article]]
sku = "M01"
name = "牛奶"
category = "dairy"
price = 350
barcodes = ["6901234567892"]

[device.front]
driver = "serial_scanner"
path = "line"
silence_ms = 50
"""
LID = """
[device.lid]
driver = "line_display"
path = "display"
"""
FILE += LID


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "terminal.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def scanned(tmp_path: Path) -> Iterator[None]:
    """Somebody scans again and again, whenever the line is read."""
    line, stop = SerialLine(tmp_path / "line"), threading.Event()

    def scan() -> None:
        while not stop.wait(0.05):
            line.send(b"MC-ABC123\r6901234567892\r")

    thread = threading.Thread(target=scan)
    thread.start()
    yield
    stop.set()
    thread.join()
    line.unplug()


@pytest.mark.usefixtures("scanned")
def test_a_device_is_recorded_without_numbers_and_played_to_a_counter(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "front.jsonl"
    assert main(["trace", "front", str(file), "--seconds", "1", "--config", str(config)]) == 0
    head, records = read(file.read_bytes())
    assert (head.device, head.driver, head.masked, head.otherwise) == ("front", "serial_scanner", True, "")
    assert "numbers replaced" in capsys.readouterr().out
    assert file.stat().st_mode & 0o077 == 0
    whole = b"".join(one.data for one in records)
    assert b"6901234567892" in whole
    assert b"ABC123" not in whole
    assert main(["replay", str(file), "--config", str(config)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "ready"
    assert any(line.startswith("code '6901234567892' -> cart") and "¥3.50" in line for line in shown)
    assert main(["trace", "front", str(file), "--seconds", "1", "--config", str(config)]) == 1
    assert "File exists" in capsys.readouterr().err


@pytest.mark.usefixtures("scanned")
def test_numbers_stay_only_where_the_technician_asks(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "front.jsonl"
    assert main(["trace", "front", str(file), "--seconds", "1", "--unmasked", "--config", str(config)]) == 0
    head, records = read(file.read_bytes())
    assert not head.masked
    assert b"MC-ABC123" in b"".join(one.data for one in records)


@pytest.mark.parametrize(
    ("name", "why"),
    [("front", "No such file"), ("back", "there are: front"), ("lid", "nothing that could be recorded")],
)
def test_what_cannot_be_recorded_says_why(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, why: str
) -> None:
    assert main(["trace", name, str(tmp_path / "x"), "--config", str(config)]) == 1
    assert why in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.usefixtures("scanned")
def test_a_terminal_that_runs_and_has_the_device_hands_over_what_it_says(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f'{FILE}\n[kiosk]\nport = 0\n[ledger]\npath = "ledger.db"\n'.replace(LID, ""))
    command = [sys.executable, "-m", "terminal", "run", "--config", str(config)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as terminal:
        try:
            assert terminal.stdout is not None
            assert b"ready" in terminal.stdout.readline()
            file = tmp_path / "front.jsonl"
            assert main(["trace", "front", str(file), "--seconds", "1", "--config", str(config)]) == 0
            assert read(file.read_bytes())[1]
        finally:
            terminal.terminate()
            assert terminal.wait(20) == 0
    assert "numbers replaced" in capsys.readouterr().out


async def test_a_running_terminal_hands_over_what_its_device_says_meanwhile() -> None:
    recording = asyncio.create_task(traced("front", 1, SystemClock()))
    await asyncio.sleep(0)
    noted("front", What.IN, b"A")
    noted("back", What.IN, b"B")
    assert (await traced("front", 1, SystemClock())).why == "front is being recorded already"
    found = await recording
    assert [one.data for one in found.records] == [b"A"]
    noted("front", What.IN, b"C")
    assert len(found.records) == 1


def test_what_is_no_recording_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path / "none")]) == 1
    (tmp_path / "bad").write_text("{}")
    assert main(["replay", str(tmp_path / "bad")]) == 1
    assert "No such file" in (said := capsys.readouterr().err)
    assert "line 1" in said
