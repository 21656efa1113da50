"""Buttons of the screen, and of the box: what is pressed there is a touch on the screen that is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from terminal.core.events import Does
from terminal.core.screens import Choice, Intent, Message, Screen

_MEANT: Mapping[Does, Callable[[Choice], bool]] = MappingProxyType(
    {
        Does.CONFIRM: lambda choice: choice.key == "Enter",
        Does.CANCEL: lambda choice: choice.key == "Escape",
        Does.REPRINT: lambda choice: choice.do == "reprint",
    }
)


def touched_by(does: Does, screen: Screen) -> Intent | None:
    """None: the screen has nothing that it stands for."""
    if does is Does.CONFIRM and screen.typed:
        return Intent(step=screen.step, do="key")
    meant = next(filter(_MEANT[does], screen.choices), None)
    return Intent(step=screen.step, do=meant.do, value=meant.value) if meant else None


def numbered(number: str, label: Message) -> Choice:
    """What has a number of its own, as a nozzle: by that digit. To one of two digits the arrows lead."""
    return Choice(do="pick", value=number, label=label, key=number if len(number) == 1 else "")
