"""A process that is told to end does, whatever its threads do."""

from __future__ import annotations

import subprocess
import sys

import pytest

_HANGING = """
import sys, threading
from terminal.runtime.ending import Ending
ending = Ending()
threading.Thread(target=threading.Event().wait).start()
ending.within(0.05)
if sys.argv[1] == "durable":
    ending.durable()
"""


@pytest.mark.parametrize(("ledger", "code"), [("durable", 0), ("open", 1)])
def test_a_hanging_thread_does_not_keep_the_process(ledger: str, code: int) -> None:
    ended = subprocess.run([sys.executable, "-c", _HANGING, ledger], check=False, timeout=60)
    assert ended.returncode == code
