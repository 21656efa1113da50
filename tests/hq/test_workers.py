"""Several workers of one headquarters over one PostgreSQL, and a command beside them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.hq.process import END_S, Headquarters

pytestmark = pytest.mark.hq

_KEYS = ("hq.key", "code.key", "box.key", "enrol.key", "authority.key", "authority.pem")


@pytest.fixture
def workers(tmp_path: Path, own_hq: Headquarters) -> Generator[tuple[Headquarters, Headquarters], None, None]:
    """The second has the first one's keys, and its database."""
    own_hq.start("--no-sets")
    folder = tmp_path / "second" / "data"
    folder.mkdir(parents=True)
    for name in _KEYS:
        shutil.copy(own_hq.data / name, folder)
    second = Headquarters(folder)
    second.start("--dsn", own_hq.dsn(), "--no-sets")
    yield own_hq, second
    second.close()


def asked(worker: Headquarters, path: str, site: str, **more: object) -> Any:
    body = {"merchant": "m", "site": site, "instance": "i1", **more}
    status, answer = worker.ask_as(worker.guest("m", site), path, json.dumps(body).encode())
    assert status == 200, answer
    return answer


def awaited(worker: Headquarters, site: str) -> list[Any]:
    answer = asked(worker, "/v1/feed", site, hq_epoch=1, after=0, wait_ms=20_000)
    return [item["directive"] for item in answer["items"]]


def commanded(worker: Headquarters, *command: str) -> Any:
    line = [sys.executable, "-m", "hq", *command, "--data", str(worker.data)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=END_S, check=True)
    return json.loads(done.stdout)


def test_a_feed_that_is_waited_for_at_one_worker_brings_what_another_process_wrote(
    workers: tuple[Headquarters, Headquarters],
) -> None:
    """A wait that nothing ends brings nothing: what comes was found while it went on."""
    for worker, site in zip(workers, ("S1", "S2"), strict=True):
        welcome = asked(worker, "/v1/hello", site)
        chain = {name: welcome[name] for name in ("hq_epoch", "epoch", "nonce")}
        empty = {"start": 0, "before": "0" * 64, "bodies": [], "after": "0" * 64}
        asked(worker, "/v1/push", site, **chain, **empty, head_seq=0, head_hash="0" * 64)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(awaited, *pair) for pair in zip(workers, ("S1", "S2"), strict=True)]
        rotation = commanded(workers[0], "keys", "rotate")
        heard = [one.result(END_S) for one in waiting]
    assert heard == [[{"type": "key", "use": "hq", "public": rotation["next"], "ends": []}]] * 2
    assert [(one["site"], one["told"], one["applied"]) for one in rotation["sites"]] == [
        ("S1", True, False),
        ("S2", True, False),
    ]
