"""What went wrong in the field, as it came out of the devices: played to the driver, and on to the counter.

The recordings were made with virtual devices that send what those users reported.
"""

from __future__ import annotations

from pathlib import Path

from terminal.core.events import CardPresented, CardRemoved, CodeScanned
from terminal.core.screens import State
from terminal.core.trust import Credential, Medium
from terminal.drivers.codecs.recordings import read
from terminal.recordings import events_of
from tests.desk.fakes import Bench, settled
from tests.flows.shop import WANG_CARD

RECORDINGS = Path(__file__).parents[1] / "recordings"


async def test_a_tag_that_lies_on_the_reader_is_one_tap_of_one_customer() -> None:
    """EVerest#2497: one tap was read twice. Here the reader repeats it nine times, once broken."""
    events = await events_of(*read((RECORDINGS / "tag-that-lies-on-the-reader.jsonl").read_bytes()))
    seen = [type(one) for one in events if isinstance(one, CardPresented | CardRemoved)]
    assert seen == [CardPresented, CardRemoved]
    async with Bench() as bench:
        tag = Credential(medium=Medium.EM4100, number="62E3086CED")
        await bench.ledger.knows_as(tag, WANG_CARD)
        for event in events:
            bench.counter.post(event)
            await settled()
        assert (bench.state, bench.screen.flow) == (State.CART, "checkout")
        assert [screen.state for screen in bench.screens].count(State.CART) == 1


async def test_a_scanner_that_is_set_to_another_layout_reads_what_is_printed() -> None:
    """Odoo PR 214407, PR 287883: the keyboard layout turned digits into letters with accents."""
    events = await events_of(*read((RECORDINGS / "scanner-set-to-french.jsonl").read_bytes()))
    assert [one.text for one in events if isinstance(one, CodeScanned)] == ["6901234567892", "MC-000123"]
    async with Bench() as bench:
        for event in events[:2]:
            bench.counter.post(event)
        await settled()
        assert (bench.state, bench.screen.amount) == (State.CART, "¥3.50")
