"""What a shop may set about its way to headquarters. Cheap to import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from terminal.core.values import Value
from terminal.core.wire.journal import BATCH_MAX


class Settings(Value, frozen=True, kw_only=True):
    url: Annotated[str, Meta(pattern=r"^(https://[^\s/]+/?)?\Z")] = ""
    """Such as `https://hq.example:8420`; empty: where it was enrolled, or nowhere."""
    code: Annotated[str, Meta(max_length=100)] = ""
    """The one-time code by which the first start enrols; `terminal enrol` does without it."""
    batch: Annotated[int, Meta(ge=1, le=BATCH_MAX)] = BATCH_MAX
    """Entries in one PUSH."""
    deadline_s: Annotated[float, Meta(gt=0, le=300)] = 10.0
    """For one question and its whole answer."""
    retry_s_max: Annotated[float, Meta(ge=1, le=3600)] = 60.0
    """The longest pause between two attempts."""
    heartbeat_s: Annotated[float, Meta(ge=1, le=3600)] = 20.0
    """With nothing to send, HELLO is said this often, so that `online` is true when it is shown."""
    visit_s: Annotated[float, Meta(ge=60, le=86_400)] = 600.0
    """After so long without anything on it, a visitor's value goes back to headquarters."""


class Hook(Value, frozen=True, kw_only=True):
    """`[webhook]`: entries to the shop's own cloud. See docs/webhook.md."""

    url: Annotated[str, Meta(pattern=r"^(https://[^\s]+|http://127\.0\.0\.1[^\s]*)?\Z")] = ""
    """Where each entry is posted; empty: nowhere. Only to this machine itself without TLS."""
    secret_file: Path | None = None
    """Its bytes, without white space around them, are the key of the signatures: 32 or more."""
    deadline_s: Annotated[float, Meta(gt=0, le=300)] = 10.0
    retry_s_max: Annotated[float, Meta(ge=1, le=3600)] = 60.0
    heartbeat_s: Annotated[float, Meta(ge=1, le=3600)] = 20.0

    def __post_init__(self) -> None:
        if self.url and self.secret_file is None:
            raise ValueError("a webhook needs its secret_file: without it nobody knows who sends")
