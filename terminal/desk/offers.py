"""What can be begun at rest: the daily flows first, the others behind one more touch where they are many."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.core.policy import Policy
from terminal.core.screens import Choice, says
from terminal.flows import Flow

SELDOM_MAX = 4
"""So many buttons beside the large ones; of more the last is `MORE`."""
MORE = Choice(do="more", label=says("More"))
_BACK = Choice(do="more", label=says("Back"), key="Escape")
REPRINT = Choice(do="reprint", label=says("Reprint"))


class Offers:
    def __init__(self, flows: Mapping[str, Flow], policy: Policy, *, pumps: bool = False) -> None:
        """`pumps`: nozzles can be released from here."""
        self.flows = {
            name: flow for name, flow in flows.items() if flow.fits(policy) and (pumps or not flow.pumps)
        }
        """Those that this shop has a use for."""
        self.more = False
        """Somebody looks at the others."""

    def choices(self, *, sells: bool, reprints: bool, by_pin: bool = False) -> tuple[Choice, ...]:
        """`sells`: nothing is in the way of a sale. `reprints`: there is a receipt to print again.

        `by_pin`: those who work here have PINs.
        """
        open_now = {
            name: flow
            for name, flow in self.flows.items()
            if (sells or not flow.sells) and (by_pin or not flow.pins)
        }
        often = [_start(name, flow) for name, flow in open_now.items() if flow.often]
        seldom = [_start(name, flow) for name, flow in open_now.items() if not flow.often]
        if len(seldom) <= SELDOM_MAX:
            shown = [*often, *seldom]
        elif self.more:
            return (*seldom[SELDOM_MAX - 1 :], _BACK)
        else:
            shown = [*often, *seldom[: SELDOM_MAX - 1], MORE]
        return (*shown, REPRINT) if reprints else tuple(shown)


def _start(name: str, flow: Flow) -> Choice:
    return Choice(do="start", value=name, label=flow.label)
