"""The one spelling of an entry: RFC 8785 canonical JSON, integers only.

Keys are ASCII, so sorting them by bytes is sorting them by UTF-16 code units (RFC 8785 section 3.2.3).
Numbers are integers within +-(2^53 - 1) (section 3.2.2.3 and RFC 7493 section 2.2); there are no floats.
"""

from __future__ import annotations

import msgspec

from terminal.core.entry import Entry
from terminal.core.values import INTEGER_MAX

BODY_BYTES_MAX = 256 * 1024
"""No honest entry comes near it; a longer one is not parsed."""

_ENCODER = msgspec.json.Encoder(order="sorted")
_ENTRY = msgspec.json.Decoder(Entry)
_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 16
"""Without it no number can be beyond 2^53 - 1; with it (perhaps inside a string) all are looked at."""


class NotCanonical(ValueError):
    """Bytes that are not the one spelling of what they say."""


def encoded(entry: Entry) -> bytes:
    """The bytes that are stored, hashed and sent.

    Raises:
        NotCanonical: a number beyond 2^53 - 1, or more bytes than an entry may have.
    """
    try:
        body = _ENCODER.encode(entry)
    except (msgspec.MsgspecError, UnicodeError, OverflowError) as fault:
        raise NotCanonical(f"cannot be spelt: {type(fault).__name__}") from fault
    if len(body) > BODY_BYTES_MAX:
        raise NotCanonical(f"{len(body)} bytes")
    if _LONG_NUMBER in body.translate(_DIGITS_ALIKE):
        _check_tree(msgspec.json.decode(body))
    return body


def decoded(body: bytes) -> Entry:
    """The entry that these bytes say, whatever version wrote them.

    Raises:
        NotCanonical: not canonical JSON, or not an entry.
    """
    if len(body) > BODY_BYTES_MAX:
        raise NotCanonical(f"{len(body)} bytes")
    try:
        entry = _ENTRY.decode(body)
        # An entry has no field with a fraction or keys of its own, so what is spelt alike is canonical.
        alike = _ENCODER.encode(entry) == body
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError) as fault:
        _check_whole(body)
        raise NotCanonical(f"not an entry: {fault}") from fault
    if not alike or _LONG_NUMBER in body.translate(_DIGITS_ALIKE):
        _check_whole(body)  # Perhaps of another version, with fields that this one does not know.
    return entry


def check(body: bytes) -> None:
    """Raises `NotCanonical` unless the bytes are canonical JSON of an object with integers only."""
    if len(body) > BODY_BYTES_MAX:
        raise NotCanonical(f"{len(body)} bytes")
    try:  # As an entry it is found out in a third of the time.
        alike = _ENCODER.encode(_ENTRY.decode(body)) == body
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError):
        alike = False
    if not alike or _LONG_NUMBER in body.translate(_DIGITS_ALIKE):
        _check_whole(body)


def _check_whole(body: bytes) -> None:
    try:
        said = msgspec.json.decode(body)
        again = _ENCODER.encode(said)
    except (msgspec.DecodeError, msgspec.EncodeError, UnicodeError, RecursionError) as fault:
        raise NotCanonical(f"not JSON: {fault}") from fault
    if not isinstance(said, dict) or again != body:
        raise NotCanonical("another spelling than RFC 8785")
    _check_tree(said)


def _check_tree(root: object) -> None:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if not all(key.isascii() for key in node):
                raise NotCanonical("a key that is not ASCII")
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, float):
            raise NotCanonical("a number with a fraction")
        elif isinstance(node, int) and not -INTEGER_MAX <= node <= INTEGER_MAX:
            raise NotCanonical("a number beyond 2^53 - 1")
