"""What a shop may set about its way to headquarters. Cheap to import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from terminal.core import claims
from terminal.core.called import CODE_CHARS_MAX
from terminal.core.values import Value
from terminal.core.wire.journal import BATCH_MAX
from terminal.runtime.address import unfit


class Settings(Value, frozen=True, kw_only=True):
    url: Annotated[str, Meta(max_length=2000)] = ""
    """Such as `https://hq.example:8420`; empty: where it was enrolled, or nowhere."""
    code: Annotated[str, Meta(max_length=CODE_CHARS_MAX)] = ""
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

    def __post_init__(self) -> None:
        if self.url and (why := unfit(self.url)):
            raise ValueError(f"url {why}")


class Hook(Value, frozen=True, kw_only=True):
    """`[webhook]`: entries to the shop's own cloud. See docs/webhook.md."""

    url: Annotated[str, Meta(max_length=2000)] = ""
    """Where each entry is posted; empty: nowhere. Only to this machine itself without TLS."""
    secret_file: Path | None = None
    """Its bytes, without white space around them, are the key of the signatures: 32 or more."""
    ca_file: Path | None = None
    """PEM: the authority of its certificate, where that is the shop's own; else the system's are believed."""
    deadline_s: Annotated[float, Meta(gt=0, le=300)] = 10.0
    retry_s_max: Annotated[float, Meta(ge=1, le=3600)] = 60.0
    heartbeat_s: Annotated[float, Meta(ge=1, le=3600)] = 20.0
    fault_s: Annotated[float, Meta(ge=1, le=86_400)] = 600.0
    """So long the other side must fail on one entry (500), and only on it, before that is put aside."""

    def __post_init__(self) -> None:
        if self.url and (why := unfit(self.url, path=True, here=True)):
            raise ValueError(f"url {why}")
        if self.url and self.secret_file is None:
            raise ValueError("a webhook needs its secret_file: without it nobody knows who sends")


class Invoices(Value, frozen=True, kw_only=True):
    """`[invoice]`: how customers ask for their invoices (发票), and who writes them. See docs/invoices.md."""

    folder: Path | None = None
    """Where requests are put as files, and answers found; not made. None: nowhere."""
    url: Annotated[str, Meta(max_length=2000)] = ""
    """Where requests are posted instead; empty: nowhere. Only to this machine itself without TLS."""
    ca_file: Path | None = None
    """PEM: the authority of its certificate, where that is the shop's own; else the system's are believed."""
    deadline_s: Annotated[float, Meta(gt=0, le=300)] = 10.0
    retry_s_max: Annotated[float, Meta(ge=1, le=3600)] = 300.0
    """The longest pause between two attempts where nobody answers."""
    again_s: Annotated[float, Meta(ge=1, le=86_400)] = 60.0
    """Between two questions about a request that was taken and has no number yet."""

    claim: Annotated[str, Meta(max_length=500)] = ""
    """Of the QR code on receipts, with places `{entry}`, `{amount}`, `{check}`, ...; empty: there is none."""
    secret_file: Path | None = None
    """Its bytes, without white space around them, are the key of checks and signatures: 32 or more."""

    def __post_init__(self) -> None:
        if self.url and (why := unfit(self.url, path=True, here=True)):
            raise ValueError(f"url {why}")
        if self.url and self.folder is not None:
            raise ValueError("requests go to a url or into a folder: one of them")
        if self.url and self.secret_file is None:
            raise ValueError("url needs a secret_file: without it nobody knows who asks")
        if self.claim and (why := claims.unfit(self.claim)):
            raise ValueError(f"claim {why}")
        if self.claim and self.secret_file is None:
            raise ValueError("a claim needs its secret_file: without it anybody could make one")


class _Asked(Value, frozen=True, kw_only=True):
    """A service outside that answers while the customer waits."""

    url: Annotated[str, Meta(max_length=2000)] = ""
    """Empty: there is none. Only this machine itself without TLS."""
    secret_file: Path | None = None
    """What proves to it who asks: 16 or more printable characters."""
    ca_file: Path | None = None
    """PEM: the authority of its certificate, where that is its own; else the system's are believed."""
    deadline_s: Annotated[float, Meta(gt=0, le=60)] = 10.0
    """For one question and its whole answer."""

    def __post_init__(self) -> None:
        if self.url and (why := unfit(self.url, path=True, here=True)):
            raise ValueError(f"url {why}")
        if self.url and "?" in self.url:
            raise ValueError("url has a query: paths are put behind it")
        if self.url and self.secret_file is None:
            raise ValueError("url needs a secret_file: without it nobody knows who asks")


class Acquirer(_Asked, frozen=True, kw_only=True):
    """`[acquirer]`: who charges customers' payment codes for the shop. See docs/acquirer.md."""


class GroupBuy(_Asked, frozen=True, kw_only=True):
    """`[group_buy]`: who verifies vouchers that were bought on a platform. See docs/group-buy.md."""
