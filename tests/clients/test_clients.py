"""Somebody else's terminal, written from the document: it forwards a day, and cheats in vain."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hq.door_postgres import PostgresDoor
from hq.postgres import connected
from tests.hq.guest import anyhow, named
from tests.hq.process import END_S, Headquarters
from tests.hq.test_letting_in import typed

HERE = Path(__file__).parent
ENTRIES = {"S1": {"issue": 1, "recharge": 30, "release": 1}, "S2": {"grant": 1, "sale": 1}}
"""Besides the data sets that each is told to use: as many as headquarters had made by then."""


@pytest.mark.parametrize("name", ["machine", "day", "cheat"])
def test_the_clients_share_nothing_with_the_product(name: str) -> None:
    roots = set()
    for node in ast.walk(ast.parse((HERE / f"{name}.py").read_text())):
        if isinstance(node, ast.Import):
            roots |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots.add(str(node.module).partition(".")[0])
    assert roots <= sys.stdlib_module_names | {"cryptography", "machine", "day"}


def code_for(hq: Headquarters, merchant: str, site: str) -> str:
    here = ("--merchant", merchant, "--site", site, "--terminal", "T1")
    done = typed("hq", "enrol", "--data", str(hq.data), *here)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def client(name: str, *words: str) -> subprocess.Popen[str]:
    """With nothing of ours in its way."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, str(HERE / f"{name}.py"), *words]
    return subprocess.Popen(
        command,
        cwd="/",
        env=env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.hq
def test_a_day_of_two_shops_is_forwarded_and_value_moves_between_them(own_hq: Headquarters) -> None:
    own_hq.start()
    codes = (code_for(own_hq, "orchard", site) for site in ("S1", "S2"))
    with client("day", own_hq.url, "orchard", *codes) as running:
        told, errors = running.communicate(timeout=END_S)
    assert running.returncode == 0, errors
    said = json.loads(told)
    assert (said["outcome"], said["blob"]) == ("waiting", "404 not_found")
    assert said["one_token_key"]
    assert said["profiled"]
    assert said["pulled"]
    code, verdict = own_hq.tell("verify")
    assert (code, verdict["hq"], verdict["quarantined"]) == (0, "ok", 0)
    held = {site["site"]: [site["entries"], site["head"]] for site in verdict["sites"]}
    assert held == said["sites"]
    assert {site: sum(kinds.values()) for site, kinds in said["kinds"].items()} == {
        site: count for site, (count, _) in held.items()
    }
    for kinds in said["kinds"].values():
        kinds.pop("activate", None)
    assert said["kinds"] == ENTRIES
    _, report = own_hq.tell("report")
    assert report["exceptions"] == []


REFUSALS = {
    "replay": "ack, again",
    "other_sites_key": "401 unsigned",
    "unsigned": "401 unsigned",
    "signed_for_another_call": "401 unsigned",
    "altered_after_signing": "401 unsigned",
    "altered_body": "400 spoilt",
    "older_hq_epoch": "again",
    "for_another_site": "403 certificate",
    "for_another_merchant": "403 certificate",
    "another_machine": "403 certificate",
    "without_certificate": "403 certificate",
    "made_certificate": "hung up",
    "altered_history": "fork",
    "older_epoch": "fork",
    "reused_code": "403 code",
    "guessed_code": "403 code",
    "shut_out": "403 certificate",
    "shut_out_renewing": "403 certificate",
}


@pytest.mark.hq
def test_every_way_to_cheat_is_refused_and_changes_nothing(own_hq: Headquarters) -> None:
    own_hq.start()
    codes = [code_for(own_hq, "orchard", site) for site in ("S1", "S2")]
    with client(
        "cheat", own_hq.url, "orchard", *codes, "foreign", code_for(own_hq, "foreign", "S1")
    ) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        first = running.stdout.readline()
        assert first == "ready\n", running.communicate(timeout=END_S)
        assert anyhow(_shut_out(own_hq)) == 1
        told, errors = running.communicate("\n", timeout=END_S)
    assert running.returncode == 0, errors
    assert json.loads(told) == REFUSALS
    code, verdict = own_hq.tell("verify")
    assert (code, verdict["hq"]) == (0, "ok")
    assert verdict["entries"] == 1 + 3 + 1  # What was honest, and the first half of the replay.


async def _shut_out(hq: Headquarters) -> int:
    store = await connected(hq.dsn())
    try:
        return await PostgresDoor(store).revoke(named("orchard"), 1, "cheats")
    finally:
        await store.close()
