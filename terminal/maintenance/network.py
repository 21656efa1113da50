"""The way to headquarters, one step after the other, and until when what was shown there is good."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

STEP_S = 5.0
_DAY_S = 86_400


def steps(url: str, *, now_s: float) -> Iterator[tuple[bool, str]]:
    """Whether each went well, and what it came to; the first that did not is the last.

    `now_s`: Unix time by this machine's clock. Whose certificate it is, is shown and not judged: the terminal
    trusts only what it enrolled with. Nothing is said to headquarters. Blocks.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or {"http": 80}.get(parts.scheme, 443)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        yield False, f"name {host}: {getattr(fault, 'strerror', None) or 'cannot be looked up'}"
        return
    yield True, f"name {host}: {', '.join(sorted({str(one[4][0]) for one in found}))}"
    began = time.monotonic()
    try:
        line = socket.create_connection((host, port), timeout=STEP_S)
    except OSError as fault:
        yield False, f"port {port}: {fault.strerror or 'no answer in time'}"
        return
    with line:
        yield True, f"port {port}: open after {(time.monotonic() - began) * 1000:.0f} ms"
        if parts.scheme == "https":
            yield from _certificate(line, host, now_s)


def _certificate(line: socket.socket, host: str, now_s: float) -> Iterator[tuple[bool, str]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with context.wrap_socket(line, server_hostname=host) as talk:
            version, shown = talk.version(), talk.getpeercert(binary_form=True)
    except OSError as fault:
        yield False, f"TLS: {getattr(fault, 'reason', None) or fault.strerror or 'no answer in time'}"
        return
    yield True, f"TLS: {version}"
    if shown:
        yield dates("headquarters' certificate", shown, now_s=now_s)


def dates(what: str, certificate: bytes, *, now_s: float) -> tuple[bool, str]:
    """Of a certificate in DER."""
    from cryptography import x509  # noqa: PLC0415  seldom looked at

    found = x509.load_der_x509_certificate(certificate)
    since, until = found.not_valid_before_utc, found.not_valid_after_utc
    now = datetime.fromtimestamp(now_s, UTC)
    days = int((until - now).total_seconds() // _DAY_S)
    left = f"{days} days left" if now < until else "OVER"
    left = "NOT YET GOOD: is the clock right?" if now < since else left
    by = found.issuer.rfc4514_string() or "nobody"
    return since <= now < until, f"{what}: {since:%Y-%m-%d} to {until:%Y-%m-%d}, {left}; by {by}"
