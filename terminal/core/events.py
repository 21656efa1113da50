"""What devices tell the desk. A driver knows its device and nothing of prices."""

from __future__ import annotations

from enum import StrEnum

from terminal.core.trust import Credential
from terminal.core.values import Value


class CardPresented(Value, frozen=True, kw_only=True):
    """A card came into the field of a reader and was read whole."""

    reader: str
    credential: Credential
    seen_ns: int = 0
    """Monotonic time at which the reader's driver learned of the card; 0 where it does not say."""


class CardRemoved(Value, frozen=True, kw_only=True):
    """The card left the field. Only now may the same reader present again."""

    reader: str


class CodeScanned(Value, frozen=True, kw_only=True):
    """A scanner decoded a symbol. The text is whatever the paper said: hostile until parsed."""

    scanner: str
    text: str


class Unreadable(Value, frozen=True, kw_only=True):
    """A presentation or scan that came to nothing: torn card, broken frame, cut scan."""

    device: str
    code: str
    """Code of the `TerminalFault` that says what to do."""
    why: str
    """For the technician."""


class DeviceHealth(StrEnum):
    STARTING = "starting"
    READY = "ready"
    DOWN = "down"


class DeviceChanged(Value, frozen=True, kw_only=True):
    """A device became ready or went away."""

    device: str
    health: DeviceHealth
    why: str = ""


DeviceEvent = CardPresented | CardRemoved | CodeScanned | Unreadable | DeviceChanged
