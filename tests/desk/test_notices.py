"""One sentence stands over the page: that of what somebody can mend soonest."""

from __future__ import annotations

import pytest

from terminal.core.errors import CaseOpen, CopyBehind, FillsUnpaid, HookRefuses, PaymentStands, ShiftOfBefore
from tests.desk.fakes import Bench

FIRST = {
    "payment_stands": PaymentStands,
    "copy_behind": CopyBehind,
    "hook_refuses": HookRefuses,
    "case_opened": CaseOpen,
    "fills_unpaid": FillsUnpaid,
    "shift_of_before": ShiftOfBefore,
}


@pytest.mark.parametrize("name", FIRST)
async def test_what_is_so_is_told_before_what_can_wait(name: str) -> None:
    async with Bench() as bench:
        names = list(FIRST)
        for so in names[names.index(name) :]:
            setattr(bench.counter._notices, so, True)
        bench.counter._notices.tell()
        status = bench.counter.view().status
        assert status.notice_code == FIRST[name].code
        assert status.notice is not None
        assert status.notice.text == FIRST[name].for_attendant


async def test_where_all_is_well_nothing_is_told() -> None:
    async with Bench() as bench:
        bench.counter._notices.tell()
        assert (bench.counter.view().status.notice, bench.counter.view().status.notice_code) == (None, "")
