"""The commands of both sides, as people type them: a code here, a terminal there, and shutting it out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hq.process import END_S, Headquarters

pytestmark = pytest.mark.hq

_CONFIG = """
[terminal]
merchant = "M1"
site = "{site}"
id = "T1"
socket = "t.sock"

[shop]
name = "便利店"

[kiosk]
port = 0

[ledger]
path = "ledger.db"
"""


def typed(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, timeout=END_S, check=False
    )


def code_for(hq: Headquarters, site: str) -> str:
    here = ("--merchant", "M1", "--site", site, "--terminal", "T1")
    done = typed("hq", "enrol", "--data", str(hq.data), *here)
    assert done.returncode == 0, done.stderr
    assert "within 24 hours" in done.stderr
    return done.stdout.strip()


def config_of(folder: Path, site: str) -> str:
    path = folder / "terminal.toml"
    path.write_text(_CONFIG.format(site=site))
    return str(path)


def doctor(config: str) -> dict[str, Any]:
    done = typed("terminal", "doctor", "--config", config, "--json")
    return {found["subject"]: found for found in json.loads(done.stdout)["findings"]}


def test_a_terminal_that_does_not_run_is_enrolled_and_shut_out_again(
    standing_hq: Headquarters, tmp_path: Path
) -> None:
    config, code = config_of(tmp_path, "A1"), code_for(standing_hq, "A1")
    done = typed("terminal", "enrol", code, "--url", standing_hq.url, "--config", config)
    assert (done.returncode, done.stdout) == (0, "enrolled as M1/A1/T1\n"), done.stderr
    assert doctor(config)["enrolment"]["well"]
    again = typed("terminal", "enrol", code, "--config", config)
    assert again.returncode == 1
    assert "the code is wrong, used, too old" in again.stderr
    shut = typed(
        *("hq", "revoke", "--data", str(standing_hq.data), "--why", "lost"),
        *("--merchant", "M1", "--site", "A1", "--terminal", "T1"),
    )
    assert shut.stdout == "1 shut out\n"


def test_a_terminal_that_runs_is_enrolled_while_it_sells(standing_hq: Headquarters, tmp_path: Path) -> None:
    config, code = config_of(tmp_path, "A2"), code_for(standing_hq, "A2")
    command = [sys.executable, "-m", "terminal", "run", "--config", config]
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert running.stdout is not None
    try:
        assert json.loads(running.stdout.readline())["event"] == "ready"
        missing = typed("terminal", "enrol", code, "--config", config)
        assert (missing.returncode, "--url" in missing.stderr) == (1, True)
        done = typed("terminal", "enrol", code, "--url", standing_hq.url, "--config", config)
        assert (done.returncode, done.stdout) == (0, "enrolled as M1/A2/T1\n"), done.stderr
        found = doctor(config)
        assert found["enrolment"]["reason"].startswith("as M1/A2/T1, certificate ")
    finally:
        running.terminate()
        assert running.wait(END_S) == 0
        running.stdout.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("AAAA",), "8, 24 and 16"),
        (("A" * 48, "--url", "http://127.0.0.1:1"), "--url does not begin with https://"),
        (("A" * 48, "--url", "https://hq.example@127.0.0.1:1"), "--url names a user"),
        (("A" * 48, "--url", "https://127.0.0.1:1"), "https://127.0.0.1:1"),
        (("A" * 48,), "say where headquarters is"),
    ],
)
def test_a_command_that_cannot_work_says_why(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    url = () if len(words) > 1 or len(words[0]) > 10 else ("--url", "https://127.0.0.1:1")
    done = typed("terminal", "enrol", *words, *url, "--config", config_of(tmp_path, "A3"))
    assert done.returncode == 1
    assert said in done.stderr
    assert "nobody caught" not in done.stderr


def test_names_that_no_certificate_can_hold_are_refused(standing_hq: Headquarters) -> None:
    here = ("--merchant", "M1", "--site", "S1", "--terminal", "钟" * 30)
    done = typed("hq", "enrol", "--data", str(standing_hq.data), *here)
    assert done.returncode == 1
    assert "1 to 64 bytes" in done.stderr
    assert "nobody caught" not in done.stderr
