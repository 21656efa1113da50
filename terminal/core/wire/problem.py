"""What headquarters says when it cannot answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from terminal.core.values import Value
from terminal.core.wire.forms import Why


class Problem(Value, frozen=True, kw_only=True, tag="problem"):
    """The body of every answer that is not 200. Nothing was taken, unless the status is 5xx: then ask."""

    code: Annotated[str, Meta(max_length=40)]
    why: Why


class ProblemCode(StrEnum):
    """The codes headquarters uses, each with one HTTP status."""

    MALFORMED = "malformed"  # 400: not JSON, or not of the form above
    SPOILT = "spoilt"  # 400: the bodies do not hash to what the request says
    UNSIGNED = "unsigned"  # 401: the signature is missing, or not that of the site's key
    CERTIFICATE = "certificate"  # 403: none, revoked, or of another merchant, site or terminal
    CODE = "code"  # 403: the one-time code is wrong, used or too old
    NOT_FOUND = "not_found"  # 404
    VERSION = "version"  # 404: this headquarters speaks another version of the protocol
    METHOD = "method"  # 405
    SLOW = "slow"  # 408: the request did not arrive in time
    INSTANCE = "instance"  # 409: another machine speaks for this site
    REUSED = "reused"  # 409: this id was asked with another body
    TOO_LARGE = "too_large"  # 413
    TOO_MANY = "too_many"  # 429: later
    FAULT = "fault"  # 500: a defect; whether it was taken is unknown
    AWAY = "away"  # 503: the database does not answer; whether it was taken is unknown
