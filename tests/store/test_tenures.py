"""When a wallet was whose, by the journal alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from terminal.core.commands import BookDirective, BookGuest, BookTransfer, Private
from terminal.core.directives import Directed, GivenAway, HolderNamed
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, MemberId, WalletId
from terminal.store.tenures import Tenure, ended_tenures
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, issue
from tests.store.test_given_away import JOIN, SINCE, WANG, later

W1, W9 = WalletId("w1"), WalletId("w9")


def to(member: str, after_ms: int, wallet: str = "w1") -> tuple[BookTransfer, Private]:
    command = BookTransfer(
        id=an_id(1), at=AT, wallet=WalletId(wallet), card=None, to=MemberId(member), commitment="", terms="1"
    )
    phone = f"190000{after_ms:05d}"
    key = Credential(medium=Medium.PHONE, number=phone)
    return later(command, after_ms, after_ms), Private(
        credentials=(key,), name="李", phone=phone, initials="L"
    )


def says(m: int, what: Any) -> tuple[BookDirective, None]:
    return BookDirective(id=an_id(300 + m), at=AT, directed=Directed(hq_epoch=1, m=m), directive=what), None


def given(m: int, member: str, after_ms: int, wallet: WalletId = W1) -> tuple[BookDirective, None]:
    return says(m, GivenAway(wallet=wallet, member=MemberId(member), since=SINCE + after_ms, cards=()))


GUEST = BookGuest(id=EntryId(an_id(90)), at=AT, wallet=W9, member=MemberId("m9")), None
WALLET_ONLY = says(2, HolderNamed(wallet=W1, member=MemberId("m8")))


@pytest.mark.parametrize(
    ("member", "booked", "found"),
    [
        ("m1", (), ()),
        ("m1", (to("m2", 5),), ((W1, 0, SINCE + 5),)),
        ("m2", (to("m2", 5),), ()),
        ("m2", (to("m2", 5), to("m3", 9)), ((W1, SINCE + 5, SINCE + 9),)),
        ("m1", (to("m2", 5), to("m3", 9)), ((W1, 0, SINCE + 5),)),
        ("m1", (to("m2", 5), to("m1", 9)), ((W1, 0, SINCE + 5),)),
        ("m1", (to("m2", 5), to("m1", 9), to("m3", 12)), ((W1, 0, SINCE + 5), (W1, SINCE + 9, SINCE + 12))),
        ("m1", (given(1, "m2", 7),), ((W1, 0, SINCE + 7),)),
        ("m2", (given(1, "m2", 7), to("m3", 9)), ((W1, SINCE + 7, SINCE + 9),)),
        ("m9", (GUEST,), ()),
        ("m9", (GUEST, given(1, "m2", 7, W9)), ((W9, 0, SINCE + 7),)),
        ("m1", (GUEST, given(1, "m2", 7, W9)), ()),
        ("m0", (to("m2", 5),), ()),
    ],
)
async def test_what_was_theirs_and_is_not_any_more(
    tmp_path: Path, member: str, booked: Any, found: Any
) -> None:
    ledger: Any = await opened_at(tmp_path / "ledger.db")
    await ledger.committer.submit(JOIN, WANG)
    for command, private in booked:
        await ledger.committer.submit(command, private)
    await ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as run:
        assert tuple(ended_tenures(run, MemberId(member))) == tuple(Tenure(*one) for one in found)


async def test_whose_it_is_headquarters_may_have_said(tmp_path: Path) -> None:
    ledger: Any = await opened_at(tmp_path / "ledger.db")
    await ledger.committer.submit(*issue(1))  # Of nobody, for all that is known.
    for command, private in (WALLET_ONLY, to("m3", 9)):
        await ledger.committer.submit(command, private)
    await ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as run:
        assert list(ended_tenures(run, MemberId("m8"))) == [Tenure(W1, 0, SINCE + 9)]
        assert list(ended_tenures(run, MemberId("m3"))) == []
