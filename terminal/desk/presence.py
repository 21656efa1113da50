"""Which cards lie where, and which came last: known always, whoever waits for one."""

from __future__ import annotations

from terminal.core.errors import CardGone, CardSwapped
from terminal.core.events import (
    CardFound,
    CardPresented,
    CardRemoved,
    DeviceChanged,
    DeviceEvent,
    DeviceHealth,
)
from terminal.core.trust import Credential, Medium

_PASSING = frozenset({Medium.CODE, Medium.STRIPE, Medium.PHONE, Medium.SHOWN})
"""They are shown, drawn past or keyed, and lie nowhere."""


class Presence:
    def __init__(self) -> None:
        self._lying: dict[str, Credential | None] = {}
        """None: nobody knows which."""
        self._last: dict[str, Credential] = {}
        """What each reader told last."""
        self._in_doubt: dict[str, Credential] = {}
        """What a reader told last before it was lost: many tell it again where it still lies there."""
        self._latest: Credential | None = None

    def notice(self, event: DeviceEvent) -> bool:
        """False: it is of a card that may have lain there before, and must leave before it counts."""
        match event:
            case CardPresented(reader=reader, credential=credential):
                self._lying[reader] = credential
                if credential.medium in _PASSING:
                    return True
                self._last[reader] = credential
                return self._in_doubt.pop(reader, None) != credential
            case CardFound(reader=reader, credential=credential):
                self._lying[reader] = credential
                if credential is not None:
                    self._last[reader] = credential
                return False
            case CardRemoved(reader=reader):
                self._lying.pop(reader, None)
                self._in_doubt.pop(reader, None)
            case DeviceChanged(device=device, health=health) if health is not DeviceHealth.READY:
                self._lying.pop(device, None)
                if (last := self._last.pop(device, None)) is not None:
                    self._in_doubt[device] = last
            case _:
                pass
        return True

    def came(self, card: Credential) -> None:
        """A member's card or code was shown; a staff badge is none."""
        self._latest = card

    @property
    def any(self) -> bool:
        """A card lies on some reader: it must leave before it can be presented."""
        return bool(self._lying)

    def is_latest(self, card: Credential) -> bool:
        return self._latest == card

    def insist(self, card: Credential, *, lying: bool) -> None:
        """Raises CardSwapped or, where it must lie on a reader, CardGone."""
        if not self.is_latest(card):
            raise CardSwapped("another card came since")
        if lying and card.medium not in _PASSING and card not in self._lying.values():
            raise CardGone("the card left its reader")
