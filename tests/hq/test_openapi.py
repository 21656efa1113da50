"""The description is whole, and headquarters keeps to it: nothing undescribed, nothing that breaks it."""

from __future__ import annotations

import json
import urllib.request
from base64 import b64encode
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hq.app import STATUS
from hq.openapi import PATH
from terminal.core.wire.problem import ProblemCode
from terminal.core.wire.rights import ASK_PATH
from terminal.core.wire.sets import BLOB_PATH
from terminal.core.wire.signing import SIGNATURE_HEADER, UNSIGNED, request_signed
from tests.hq.guest import Guest
from tests.hq.process import END_S, Headquarters

CALLS = ("hello", "push", "feed", "ask", "left", "pull", "profile", "auth", "blob", "enrol", "renew")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
EXAMPLES = 40


def test_what_goes_unsigned_is_ask_and_blob() -> None:
    assert {ASK_PATH, BLOB_PATH} == UNSIGNED


def test_every_problem_has_one_status() -> None:
    assert set(STATUS) == set(ProblemCode)


@pytest.fixture(scope="module")
def document(standing_hq: Headquarters) -> dict[str, Any]:
    with urllib.request.urlopen(  # noqa: S310  our own URL
        standing_hq.url + PATH, timeout=END_S, context=standing_hq.stranger()
    ) as answer:
        read: dict[str, Any] = json.loads(answer.read())
    return read


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(document)
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.definition.raw["operationId"]: operation for operation in found}


class Caller:
    """A machine that was let in, and sends whatever it is given, signed."""

    def __init__(self, hq: Headquarters, folder: Path) -> None:
        self.guest: Guest = hq.guest("described")
        pem = folder / "guest.pem"
        pem.write_text(self.guest.enrolment.tls_key + self.guest.enrolment.certificate)
        self._url = hq.url
        self._session = requests.Session()
        self._session.cert, self._session.verify = str(pem), str(hq.data / "authority.pem")
        self._session.trust_env = False

    def send(self, case: Any) -> requests.Response:
        prepared = self._session.prepare_request(
            requests.Request(**case.as_transport_kwargs(base_url=self._url))
        )
        body = prepared.body or b""
        sent = body.encode() if isinstance(body, str) else bytes(body)
        if case.path not in UNSIGNED:
            signature, _ = self.guest.sign(request_signed(case.path, sent))
            prepared.headers[SIGNATURE_HEADER] = b64encode(signature).decode()
        return self._session.send(prepared, timeout=END_S)

    def close(self) -> None:
        self._session.close()


@pytest.fixture(scope="module")
def caller(
    standing_hq: Headquarters, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Caller, None, None]:
    made = Caller(standing_hq, tmp_path_factory.mktemp("caller"))
    yield made
    made.close()


@pytest.mark.hq
def test_all_calls_are_described(operations: dict[str, Any]) -> None:
    assert set(operations) == {*CALLS, "openapi"}


@pytest.mark.hq
def test_patterns_are_those_of_json_schema(document: dict[str, Any]) -> None:
    assert r"\\Z" not in json.dumps(document)


def _from_here(case: Any, guest: Guest) -> None:
    """Past the door: there the calls themselves are met."""
    if isinstance(case.body, dict):
        case.body.update(merchant="described", site="S1", instance="i1")
        if "site_key" in case.body:
            case.body["site_key"] = guest.sign(b"")[1].hex()
        if "hq_epoch" in case.body:
            case.body["hq_epoch"] = 1
        if "wait_ms" in case.body:
            case.body["wait_ms"] = 0


@pytest.mark.hq
@pytest.mark.parametrize("name", CALLS)
def test_whatever_has_the_right_form_is_answered_as_described(
    operations: dict[str, Any], caller: Caller, name: str
) -> None:
    operation = operations[name]

    @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def sent(case: Any) -> None:
        _from_here(case, caller.guest)
        case.validate_response(caller.send(case), checks=CHECKS)

    sent()


@pytest.mark.hq
@pytest.mark.parametrize("name", CALLS)
def test_whatever_has_another_form_is_refused_as_described(
    operations: dict[str, Any], caller: Caller, name: str
) -> None:
    operation = operations[name]

    @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def sent(case: Any) -> None:
        case.validate_response(caller.send(case), checks=[*CHECKS, negative_data_rejection])

    sent()
