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


class CardFound(Value, frozen=True, kw_only=True):
    """A card lay there when its driver began to look: nobody presents it now."""

    reader: str
    credential: Credential | None = None
    """Which, where the reader says so unasked."""


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
    UNKNOWN = "unknown"  # takes what it is given, and never says how it is
    DOWN = "down"


class DeviceChanged(Value, frozen=True, kw_only=True):
    """A device became ready or went away."""

    device: str
    health: DeviceHealth
    why: str = ""
    """For the technician: what is wrong with it, or where it is that is ready."""


class Does(StrEnum):
    """What a button of the box stands for on the screen that is shown."""

    CONFIRM = "confirm"  # as Enter
    CANCEL = "cancel"  # as Escape
    REPRINT = "reprint"


class ButtonPressed(Value, frozen=True, kw_only=True):
    """Once for each press."""

    device: str
    does: Does


class CaseOpened(Value, frozen=True, kw_only=True):
    """The switch under the lid says that the case is open: also at a start, when it is."""

    device: str


DeviceEvent = (
    CardPresented
    | CardFound
    | CardRemoved
    | CodeScanned
    | Unreadable
    | DeviceChanged
    | ButtonPressed
    | CaseOpened
)
