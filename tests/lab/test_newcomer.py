"""A site that is new, and the headquarters that makes its members: processes, HTTPS and files as they are."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

END_S = 120


@pytest.mark.hq
def test_a_new_site_knows_everybody_that_headquarters_knew_before() -> None:
    command = [sys.executable, "-m", "lab", "newcomer", "--members", "1200", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=END_S, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert (told["members"], told["not_found"]) == (1200, 0)
    assert told["sales_meanwhile"]
