"""`phone.toml` beside the keys: which merchants have a phone page, and how each sends its codes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from terminal.core.values import Value
from terminal.core.wire.forms import Name

SETTINGS_FILE = "phone.toml"
SECRET_BYTES_MIN = 32
_File = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*\Z")]
_Line = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+\Z")]


class PhoneUnusable(Exception):
    """`phone.toml` is not what it should be; `str()` says what."""


class FileChannel(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="file"):
    """For trials: codes are appended to a file, a line of JSON each."""

    path: _File


class WebhookChannel(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="webhook"):
    """Whoever sends short messages for the merchant."""

    url: Annotated[str, Meta(pattern=r"^https://[^\s]+\Z", max_length=500)]
    secret_file: _File
    """Signs what is sent; 32 bytes or more, white space around them is ignored."""
    ca_file: _File = ""
    """Only where its certificate is of an authority of its own."""


class EmailChannel(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="email"):
    """A gateway that takes mail to a phone, over SMTP with TLS from the start (RFC 8314)."""

    host: _Line
    to: Annotated[str, Meta(pattern=r"^[^\s@{}]*\{phone\}[^\s@{}]*@[^\s@{}]+\Z", max_length=200)]
    """Such as `{phone}@gateway.example`."""
    sender: Annotated[str, Meta(pattern=r"^[^\s@]+@[^\s@]+\Z", max_length=200)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 465
    user: str = ""
    password_file: _File = ""
    ca_file: _File = ""
    """As above."""


Channel = FileChannel | WebhookChannel | EmailChannel


class PhoneMerchant(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Name
    name: _Line
    """As its members know it."""
    channel: Channel
    join: bool = True
    """Whether a code is sent to phones of nobody too: who keys it is shown what the counter scans to join."""
    card_kinds: dict[Name, _Line] = {}
    """By what the shops' `policy.card_kinds` calls them, the first in front: as members know them."""
    time_zone: str = "Asia/Shanghai"
    """Whose days the validity of coupons is told in."""
    day_cut_min: Annotated[int, Meta(ge=0, lt=1440)] = 240
    """As `terminal.day_cut_min` of its sites: the counter takes what ends with a business day until then."""


class PhoneSettings(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    merchants: Annotated[tuple[PhoneMerchant, ...], Meta(max_length=1000)] = ()


def merchants_in(path: Path) -> Mapping[str, PhoneMerchant]:
    """By id; none where there is no such file. Paths in it are told from its folder.

    Raises PhoneUnusable.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as fault:
        raise PhoneUnusable(f"{path}: {fault.strerror}") from fault
    try:
        found = msgspec.toml.decode(text, type=PhoneSettings)
        for one in found.merchants:
            ZoneInfo(one.time_zone)
    except (msgspec.MsgspecError, ValueError, ZoneInfoNotFoundError) as fault:
        raise PhoneUnusable(f"{path}: {fault}") from fault
    by_id = {one.id: replace(one, channel=_from(path.parent, one.channel)) for one in found.merchants}
    if len(by_id) < len(found.merchants):
        raise PhoneUnusable(f"{path}: one merchant is there twice")
    return by_id


def _from(folder: Path, channel: Channel) -> Channel:
    match channel:
        case FileChannel():
            return replace(channel, path=str(folder / channel.path))
        case WebhookChannel(secret_file=secret, ca_file=authority):
            return replace(
                channel,
                secret_file=str(folder / secret),
                ca_file=str(folder / authority) if authority else "",
            )
        case EmailChannel(password_file=password, ca_file=authority):
            return replace(
                channel,
                password_file=str(folder / password) if password else "",
                ca_file=str(folder / authority) if authority else "",
            )


def secret_in(path: Path) -> bytes:
    """Raises PhoneUnusable, without what is in it."""
    try:
        secret = path.read_bytes().strip()
    except OSError as fault:
        raise PhoneUnusable(f"{path}: {fault.strerror}") from fault
    if len(secret) < SECRET_BYTES_MIN:
        raise PhoneUnusable(f"{path}: fewer than {SECRET_BYTES_MIN} bytes")
    return secret
