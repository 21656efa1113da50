from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from lab.faces.cases import People, cases
from lab.faces.face import Refused
from terminal.core import errors
from terminal.core.errors import TerminalFault, advice_for

KINDS = [
    thing
    for thing in vars(errors).values()
    if isinstance(thing, type) and issubclass(thing, TerminalFault) and "code" in vars(thing)
    if not thing.code.isdecimal()  # Those are ISO 8583's, who lets several faults share one.
]

SENTENCES = [
    one
    for one in vars(errors).values()
    if isinstance(one, type) and issubclass(one, TerminalFault) and "for_attendant" in vars(one)
]
TESTS = Path(__file__).parents[1]
OTHERWISE: Mapping[str, str] = MappingProxyType(
    {
        "BadStylist": "only from a file: at the counter names are chosen; tests/core/test_particulars.py",
        "CardReplaced": "only of what a site was told; tests/uplink/test_two_shops.py",
        "CartFull": "at 200 lines; tests/core/test_cart.py",
        "ClaimsGone": "once others have taken all; tests/core/ledger/test_campaigns.py",
        "DeviceMissing": "a state of a device, no decline; tests/device/test_pcsc.py",
        "FaceNotPrinted": "a band over the page, no decline; tests/drivers/test_rewriter.py",
        "FillCame": "a fill ends while its litres are keyed; tests/desk/test_fill_question.py",
        "HadBefore": "had at another shop meanwhile; tests/core/ledger/test_allowances.py",
        "HealthNotAgreed": "only at the console: the page does not ask then; tests/core/test_own.py",
        "IdReused": "a defect of the caller; tests/store/test_ledger_contract.py",
        "IntentUndone": "ended while it was paid; tests/core/ledger/test_people.py",
        "GivenMeanwhile": "heard of it in between; tests/core/ledger/test_people.py",
        "LeftChanged": "spent elsewhere meanwhile; tests/core/ledger/test_left_over.py",
        "LedgerDamaged": "the page is closed, with that code; tests/maintenance/test_room.py",
        "LedgerNewer": "the terminal does not start; tests/store/test_migrations.py",
        "MergeUnderWay": "only in parts that are very large; tests/core/ledger/test_merging.py",
        "NothingToWithdraw": "only at headquarters' word; tests/core/ledger/test_withdrawals.py",
        "OneFillASale": "the page adds one alone; tests/core/test_cart.py",
        "PhoneNeeded": "only at the console; tests/core/test_own.py",
        "ReaderNoise": "a state of a device, no decline; tests/core/test_signals.py",
        "SecondMissing": "the page is closed, with that code; tests/maintenance/test_room.py",
        "ShiftIsClosed": "closed by another while it was paid; tests/core/ledger/test_effects.py",
        "SoldByMeasure": "the page asks how much; tests/core/pricing/test_sums.py",
        "TooMuchAtOnce": "at more than a transaction holds; tests/core/ledger/test_posted.py",
        "TwoAlike": "on two lines at two prices; tests/core/test_uses.py",
        "VoucherGone": "a voucher of the points is used; tests/core/ledger/test_vouchers.py",
        "DiskReadOnly": "the page is closed, with that code; tests/maintenance/test_room.py",
    }
)
"""Why nobody is led to it at a page, a desk or in a flow, and which test does it."""


def test_a_code_that_two_people_read_to_each_other_means_one_thing() -> None:
    assert [code for code, count in Counter(kind.code for kind in KINDS).items() if count > 1] == []


def test_a_code_alone_leads_to_what_the_attendant_does() -> None:
    for kind in KINDS:
        assert advice_for(kind.code) == kind.for_attendant


def _names(text: str, fault: type[TerminalFault]) -> bool:
    return bool(re.search(rf'\b{fault.__name__}\b|"{fault.code}"', text))


def test_somebody_is_led_to_every_decline() -> None:
    """At the page (`lab.faces`), at the desk or in a flow's dialogue; else it is said why not, and where."""
    at_the_page = {one.fault for case in cases(People(1)) for one in case.steps if isinstance(one, Refused)}
    dialogues = [path for folder in ("desk", "flows") for path in sorted((TESTS / folder).glob("test_*.py"))]
    text = "\n".join(path.read_text("utf-8") for path in dialogues)
    missed = {one.__name__: one for one in SENTENCES if one not in at_the_page and not _names(text, one)}
    assert set(missed) <= set(OTHERWISE)
    told = {name: TESTS.parent / OTHERWISE[name].rpartition("; ")[2] for name in missed}
    assert [name for name, where in told.items() if not _names(where.read_text("utf-8"), missed[name])] == []
