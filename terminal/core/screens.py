"""What the attendant sees: one state a screen, and which state may follow which.

The daemon owns the state. Pages show it and send intents that name the step they saw, so that a
touch on an old screen does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from terminal.core.events import DeviceHealth
from terminal.core.values import Value


class State(StrEnum):
    IDLE = "idle"  # what shall it be?
    READY = "ready"  # tap, insert, swipe, scan
    CART = "cart"  # goods are being added
    KEYING = "keying"  # an amount, a phone number, litres
    CHOOSING = "choosing"  # one of a few
    READING = "reading"  # a card is being read: leave it there
    CONFIRM = "confirm"  # the amount, before anything is charged
    PROCESSING = "processing"  # booking: do not remove the card
    APPROVED = "approved"
    DECLINED = "declined"
    SAYING = "saying"  # one sentence


_ASKING = {State.READY, State.CART, State.KEYING, State.CHOOSING, State.READING, State.CONFIRM}
_ENDING = {State.DECLINED, State.SAYING, State.IDLE}

NEXT: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.IDLE: frozenset(_ASKING | {State.DECLINED, State.SAYING}),
        **{state: frozenset(_ASKING | _ENDING | {State.PROCESSING}) for state in _ASKING},
        State.PROCESSING: frozenset({State.APPROVED, State.DECLINED, State.SAYING}),
        State.APPROVED: frozenset({State.IDLE}),
        State.DECLINED: frozenset(_ASKING | {State.IDLE}),
        State.SAYING: frozenset(_ASKING | {State.IDLE}),
    }
)
"""Every other transition is a defect and raises."""


class Message(Value, frozen=True, kw_only=True):
    """A sentence that every page shows in its own language."""

    text: str
    """English, with `{named}` places; the key of `core.texts`."""
    values: dict[str, str] = {}


class Line(Value, frozen=True, kw_only=True):
    """One row on a screen: a label and, on the right, an amount or a value as it is shown."""

    label: Message
    value: str = ""
    ref: str = ""
    """What an intent names to act on this row (remove a cart line)."""


class Choice(Value, frozen=True, kw_only=True):
    """A button. `do` and `value` are the intent that it sends."""

    do: str
    label: Message
    value: str = ""
    key: str = ""
    """Keyboard key, as in KeyboardEvent.key; empty: Enter, Escape and digits by position."""


class Keying(StrEnum):
    AMOUNT = "amount"
    CASH = "cash"
    PHONE = "phone"
    LITRES = "litres"


class HolderShown(Value, frozen=True, kw_only=True):
    """The member as the screen shows them: masked."""

    name: str
    number: str
    tier: str
    balance: str
    points: str


class Screen(Value, frozen=True, kw_only=True):
    state: State
    step: int
    """Grows with every screen of this run. An intent that names another step is ignored."""
    title: Message
    flow: str = ""
    """`checkout`, `recharge`, `join`, or empty when idle."""
    amount: str = ""
    """The large number, as shown."""
    lines: tuple[Line, ...] = ()
    choices: tuple[Choice, ...] = ()
    keying: Keying | None = None
    holder: HolderShown | None = None
    code: str = ""
    """Answer code, on declined screens."""
    advice: Message | None = None
    """What the attendant does next."""
    receipt: str = ""
    """HTML of the receipt preview, drawn from the same document as the print."""


class DeviceShown(Value, frozen=True, kw_only=True):
    name: str
    kind: str
    health: DeviceHealth
    why: str = ""


class Status(Value, frozen=True, kw_only=True):
    """Always in view."""

    shop: str
    terminal: str
    shift: str
    attendant: str
    online: bool
    waiting: int
    """Entries that headquarters has not acknowledged."""
    devices: tuple[DeviceShown, ...] = ()
    selling: bool = True
    """False while the ledger takes nothing."""


class View(Value, frozen=True, kw_only=True):
    screen: Screen
    status: Status


class Intent(Value, frozen=True, kw_only=True):
    """What a page sends: a person touched something on the screen with this step."""

    step: int
    do: str
    """`start`, `confirm`, `cancel`, `skip`, `key`, `pick`, `remove`, `done`, `reprint`."""
    value: str = ""
