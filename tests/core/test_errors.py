from __future__ import annotations

from collections import Counter

from terminal.core import errors
from terminal.core.errors import TerminalFault, advice_for

KINDS = [
    thing
    for thing in vars(errors).values()
    if isinstance(thing, type) and issubclass(thing, TerminalFault) and "code" in vars(thing)
    if not thing.code.isdecimal()  # Those are ISO 8583's, who lets several faults share one.
]


def test_a_code_that_two_people_read_to_each_other_means_one_thing() -> None:
    assert [code for code, count in Counter(kind.code for kind in KINDS).items() if count > 1] == []


def test_a_code_alone_leads_to_what_the_attendant_does() -> None:
    for kind in KINDS:
        assert advice_for(kind.code) == kind.for_attendant
