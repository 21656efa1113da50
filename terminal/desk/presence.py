"""Which cards lie where, and which came last: known always, whoever waits for one."""

from __future__ import annotations

from terminal.core.errors import CardGone, CardSwapped
from terminal.core.events import CardPresented, CardRemoved, DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.trust import Credential, Medium


class Presence:
    def __init__(self) -> None:
        self._lying: dict[str, Credential] = {}
        self._latest: Credential | None = None

    def notice(self, event: DeviceEvent) -> None:
        match event:
            case CardPresented(reader=reader, credential=credential):
                self._lying[reader] = credential
            case CardRemoved(reader=reader):
                self._lying.pop(reader, None)
            case DeviceChanged(device=device, health=health) if health is not DeviceHealth.READY:
                self._lying.pop(device, None)
            case _:
                pass

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
        if lying and card.medium is not Medium.CODE and card not in self._lying.values():
            raise CardGone("the card left its reader")
