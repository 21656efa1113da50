"""What a hand on the bench can do with the shop's devices, and what it sees of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from lab.shop.chips import CHIPS
from lab.shop.counter import way_in
from lab.shop.members import MEMBERS
from lab.shop.paying import WHIMS
from lab.shop.setting import BADGES, CODES, STRIPES, TAGS, WHOLE_SHOPS, Code
from lab.shop.world import CARDS, World
from terminal.core.forecourt import Stage
from terminal.core.money import plain
from terminal.core.values import StaffId
from terminal.drivers.virtual.paper import Condition
from terminal.drivers.virtual.paper_page import as_html

_PAPER_SHOWN = 12
_UNASKED = 25_00
"""Hundredths of a litre."""


class Hands:
    """The bench of `bench_page`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def shown(self) -> dict[str, object]:
        members = [one.card for one in MEMBERS] if self._world.whole else []
        cards = [*TAGS, *members, *STRIPES, *(CHIPS if self._world.slot else ())]
        return {
            "kiosk": way_in(self._world.link),
            "cards": [
                {"id": card.id, "label": card.label, "note": card.note, "present": self._world.lies(card)}
                for card in cards
            ],
            "codes": self._codes(),
            "whims": [{"id": whim} for whim in WHIMS] if self._world.whole else [],
            "expected": self._world.acquirer.expected,
            "switches": [
                _switch("network", "Network to headquarters", self._world.road.open, "Cut", "Mend"),
                _switch(
                    "paper", "Paper", not self._world.printer.condition.paper_out, "Take out", "New roll"
                ),
                _switch(
                    "printer", "Printer", not self._world.printer.condition.silent, "Switch off", "Switch on"
                ),
                _switch("scanner", "Scanner cable", self._world.scanner.plugged, "Pull", "Plug in"),
                _switch("stripe", "Stripe reader cable", self._world.stripe.plugged, "Pull", "Plug in"),
                self._face(),
                self._bank(),
                *(self._nozzle(number) for number in self._nozzles()),
                _switch("rfid", "125 kHz reader cable", self._world.rfid.plugged, "Pull", "Plug in"),
                _switch("confirm", "Button: confirm", True, "Press", ""),  # noqa: FBT003
                _switch("cancel", "Button: cancel", True, "Press", ""),  # noqa: FBT003
                _switch("lid", "Lid of the box", not self._world.box.lid_open, "Lift", "Close"),
            ],
            "paper": [
                as_html(receipt) for receipt in list(self._world.printer.receipts)[: -_PAPER_SHOWN - 1 : -1]
            ],
            "display": self._world.box.display.rows,
            "signals": list(self._world.box.heard)[::-1],
            "note": self._world.without_pcsc,
        }

    async def act(self, what: str, value: str) -> None:
        """Raises KeyError for what is not on the bench."""
        match what:
            case "scan":
                self._world.scan(value)
            case "whim":
                await self._world.acquirer.answers(WHIMS[value], value)
            case "card":
                await self._world.hold(CARDS[value])
            case "switch":
                self._switches()[value]()
            case _:
                raise KeyError(what)

    def _codes(self) -> list[dict[str, str]]:
        return [
            {"label": code.label, "text": code.text, "group": code.group, "note": self._said_of(code)}
            for code in (*CODES, *(WHOLE_SHOPS if self._world.whole else ()))
        ]

    def _said_of(self, code: Code) -> str:
        if code.group == BADGES:
            return f"{code.text}, PIN {self._world.pins.get(StaffId(code.text), 'none: it was given none')}"
        return "" if code.text.endswith(":") else code.text

    def _switches(self) -> dict[str, Callable[[], object]]:
        return {
            "network": self._world.road.cut if self._world.road.open else self._world.road.mend,
            "paper": self._paper,
            "printer": self._power,
            "scanner": self._world.scanner.unplug
            if self._world.scanner.plugged
            else self._world.scanner.replug,
            "stripe": self._world.stripe.unplug if self._world.stripe.plugged else self._world.stripe.replug,
            "face": self._world.rewriter.insert,
            "bank": self._world.bank.present,
            **{f"nozzle-{number}": partial(self._pumped, number) for number in self._nozzles()},
            "rfid": self._world.rfid.unplug if self._world.rfid.plugged else self._world.rfid.replug,
            **self._world.box.hands(),
        }

    def _face(self) -> dict[str, object]:
        shown = " · ".join(self._world.rewriter.faces[-1].split("\n")) if self._world.rewriter.faces else ""
        return _switch("face", "Rewriter for visual cards", True, "Put a card in", "") | {"note": shown}  # noqa: FBT003

    def _bank(self) -> dict[str, object]:
        note = "the customer is asked for the card" if self._world.bank.asked else ""
        return _switch("bank", "Bank's terminal", True, "Hold a card there", "") | {"note": note}  # noqa: FBT003

    def _nozzles(self) -> Sequence[int]:
        return tuple(self._world.pumps.nozzles) if self._world.whole else ()

    def _nozzle(self, number: int) -> dict[str, object]:
        """Who stands there fills once it is released, then hangs the nozzle up; or releases it by hand."""
        running = self._world.pumps.running(number)
        label = f"Nozzle {number}: {self._world.pumps.nozzles[number].grade}"
        if running is None:
            return _switch(f"nozzle-{number}", label, True, "Fill 25 litres unasked", "")  # noqa: FBT003
        flows = running.stage is Stage.FLOWING
        note = f"{plain(running.centilitres)} l, {plain(running.fen)} yuan"
        shown = _switch(f"nozzle-{number}", label, not flows, "Fill", "Hang it up")
        return shown | {"note": note}

    def _pumped(self, number: int) -> None:
        pumps = self._world.pumps
        running = pumps.running(number)
        if running is None:
            pumps.by_hand(number, _UNASKED)
        elif running.stage is Stage.FLOWING:
            pumps.hang(number)
        else:
            pumps.pump(number)

    def _paper(self) -> None:
        if self._world.printer.condition.paper_out:
            self._world.printer.mend()
        else:
            self._world.printer.condition = Condition(paper_out=True)

    def _power(self) -> None:
        if self._world.printer.condition.silent:
            self._world.printer.mend()
        else:
            self._world.printer.condition = Condition(silent=True)


def _switch(name: str, label: str, on: bool, off_label: str, on_label: str) -> dict[str, object]:  # noqa: FBT001
    return {"id": name, "label": label, "note": "", "on": on, "off_label": off_label, "on_label": on_label}
