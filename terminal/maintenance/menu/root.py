"""The whole tree, in the order of design/glossary.md."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.maintenance.menu import keeping, looking, sending, system
from terminal.maintenance.menu.tree import Box, Item


def tree(box: Box) -> Sequence[Item]:
    """Ten items: the keys 1 to 9, and 0."""
    return (
        looking.status(box),
        looking.devices(box),
        looking.network(box),
        sending.sync(box),
        sending.shift(box),
        keeping.settings(box),
        keeping.data(box),
        keeping.training(box),
        system.logs(box),
        system.system(box),
    )
