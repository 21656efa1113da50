"""The calls as OpenAPI 3.1, made from the same types that decode them: `GET /openapi.json`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from inspect import getdoc
from typing import Any

import msgspec

from hq.calls import Call
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.signing import SIGNATURE_HEADER

PATH = "/openapi.json"
_SIGNATURE = {"type": "string", "pattern": "^[A-Za-z0-9+/]{86}==$"}

_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

Json = dict[str, Any]


def described(calls: Iterable[Call], statuses: Mapping[ProblemCode, int], version: int) -> bytes:
    """The whole document."""
    calls = tuple(calls)
    kinds = [Problem, *(call.question for call in calls)]
    kinds += [call.answers for call in calls if call.answers is not bytes]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    of_kind = dict(zip(map(repr, kinds), schemas, strict=True))
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Headquarters of a card terminal",
            "version": str(version),
            "description": "docs/protocol.md says what the calls mean, and in which order they are made.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            **{call.path: {"post": _operation(call, of_kind, statuses)} for call in calls},
            PATH: {"get": _itself()},
        },
        "components": {
            "schemas": components,
            "securitySchemes": {"certificate": {"type": "mutualTLS"}},
        },
    }
    return msgspec.json.encode(_for_everybody(document))


def _operation(call: Call, of_kind: Mapping[str, Json], statuses: Mapping[ProblemCode, int]) -> Json:
    problem = of_kind[repr(Problem)]
    responses: Json = {"200": _answer(call, of_kind)}
    by_status: dict[int, list[ProblemCode]] = defaultdict(list)
    for code in refusals(call):
        by_status[statuses[code]].append(code)
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = {
            "description": "Refused: " + ", ".join(f"`{code}`" for code in codes),
            "content": {"application/json": {"schema": problem}},
        }
    signed = [{"name": SIGNATURE_HEADER, "in": "header", "required": True, "schema": _SIGNATURE}]
    return {
        "operationId": call.name,
        "summary": call.says,
        "description": getdoc(call.question) or "",
        "security": [{"certificate": []}] if call.certified else [],
        "parameters": signed if call.signed else [],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": of_kind[repr(call.question)]}},
        },
        "responses": responses,
    }


def _answer(call: Call, of_kind: Mapping[str, Json]) -> Json:
    if call.answers is bytes:
        return {"description": call.says, "content": {"application/octet-stream": {}}}
    content = {"application/json": {"schema": of_kind[repr(call.answers)]}}
    headers = {SIGNATURE_HEADER: {"required": True, "schema": _SIGNATURE}} if call.signed else {}
    return {"description": call.says, "headers": headers, "content": content}


def _itself() -> Json:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": "openapi",
        "summary": "This document.",
        "security": [],
        "responses": {"200": {"description": "OpenAPI 3.1", "content": content}},
    }


def refusals(call: Call) -> tuple[ProblemCode, ...]:
    """All that a call may be refused for."""
    always = (
        ProblemCode.MALFORMED,
        ProblemCode.SLOW,
        ProblemCode.TOO_LARGE,
        ProblemCode.TOO_MANY,
        ProblemCode.FAULT,
        ProblemCode.AWAY,
    )
    signed = (ProblemCode.UNSIGNED,) if call.signed else ()
    certified = (ProblemCode.CERTIFICATE,) if call.certified else ()
    return (*always, *signed, *certified, *call.refuses)


def _for_everybody(part: Any) -> Any:  # noqa: ANN401  JSON
    r"""Patterns as ECMA-262 spells them, which JSON Schema means: no `\Z`. And base64 by its pattern."""
    if isinstance(part, dict):
        spelt = {
            name: value.replace(r"\Z", "$") if name == "pattern" else _for_everybody(value)
            for name, value in part.items()
        }
        return {**spelt, "pattern": _BASE64} if "contentEncoding" in spelt else spelt
    if isinstance(part, list):
        return [_for_everybody(one) for one in part]
    return part
