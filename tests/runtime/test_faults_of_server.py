"""What strangers spell wrongly is counted, and writes no line each."""

from __future__ import annotations

import logging

import pytest
from aiohttp.http_exceptions import BadHttpMessage, BadStatusLine

from terminal.runtime.connections import SPELLING_SAID_S, faults_of_server

NOW = 1_764_230_400.0


def told(faults: logging.Logger, fault: Exception | None, at_s: float) -> None:
    info = None if fault is None else (type(fault), fault, None)
    record = logging.LogRecord(faults.name, logging.ERROR, "f.py", 1, "failed from %s", ("10.0.0.9",), info)
    record.created = NOW + at_s
    faults.handle(record)


def test_they_are_said_once_a_minute_with_how_many(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    faults = faults_of_server()
    for at_s in (0.0, 1.0, 2.0, SPELLING_SAID_S - 0.1, SPELLING_SAID_S, SPELLING_SAID_S * 2 - 0.1):
        told(faults, BadHttpMessage("X"), at_s)
    told(faults, BadStatusLine("X"), SPELLING_SAID_S * 2)
    assert [one.getMessage() for one in caplog.records] == [
        f"what came was no request: times={times}" for times in (1, 4, 2)
    ]
    assert {one.name for one in caplog.records} == {"terminal.runtime.connections"}


def test_faults_of_ours_are_told_as_they_come(caplog: pytest.LogCaptureFixture) -> None:
    faults = faults_of_server()
    for fault in (ValueError("x"), None, ValueError("y")):
        told(faults, fault, 0.0)
    assert [one.levelno for one in caplog.records] == [logging.ERROR] * 3


def test_each_server_counts_for_itself(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told(faults_of_server(), BadHttpMessage("X"), 0.0)
    told(faults_of_server(), BadHttpMessage("X"), 0.0)
    assert [one.args for one in caplog.records] == [(1,), (1,)]
