"""What was done for members: sealed, in no journal, gone with whoever asks for it; in both stores alike."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookConsent,
    BookErasure,
    BookJoin,
    BookMerge,
    BookService,
    BookTransfer,
    Consent,
    Private,
)
from terminal.core.errors import NotBookable
from terminal.core.services import Service, Written, read, text_of
from terminal.core.trust import Credential, Medium
from terminal.core.values import MemberId, SiteId, StaffId, WalletId
from terminal.store.beside import check_beside
from terminal.store.memory import MemoryLedger
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens

CUT = Written(day="2026-11-24", done=("剪发",), by=StaffId("E01"), used=("染膏 6/0",))
SENSITIVE = "头皮敏感"


def everything(path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(path.parent.iterdir()) if one.suffix != ".lock")


async def joins(ledger: Any, number: int, *, health: bool | None = True) -> None:
    phone = Credential(medium=Medium.PHONE, number=f"1900000030{number}")
    said = () if health is None else (Consent(purpose="health", version="1", given=health),)
    begins = replace(opens(number, member=True), consents=said)
    private = Private(credentials=(phone,), phone=phone.number, name="王小明", salt="00")
    await ledger.committer.submit(BookJoin(id=an_id(number), at=AT, opens=begins), private)


async def writes(ledger: Any, entry: int, who: int, written: Written = CUT, remark: str = SENSITIVE) -> None:
    command = BookService(id=an_id(entry), at=AT, wallet=WalletId(f"w{who}"), commitment="ab")
    await ledger.committer.submit(command, Private(service=text_of(written), remark=remark))


async def of(ledger: Any, who: int, limit: int = 9) -> list[Service]:
    return list(await ledger.books.services_of(MemberId(f"m{who}"), limit))


def told(entry: int, written: Written = CUT, remark: str = SENSITIVE) -> Service:
    return read(an_id(entry), text_of(written), remark)


@pytest.fixture(params=["file", "memory"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    opened: Any = (
        await opened_at(tmp_path / "ledger.db") if request.param == "file" else MemoryLedger(SiteId("S1"))
    )
    yield opened
    if request.param == "file":
        await opened.committer.ask(lambda shelf: check_beside(shelf.connection))
        await opened.close()


async def test_it_is_read_again_the_last_first_and_of_nobody_else(ledger: Any) -> None:
    await joins(ledger, 1)
    await joins(ledger, 2)
    dyed = replace(CUT, done=("染发",))
    await writes(ledger, 11, 1)
    await writes(ledger, 12, 1, dyed, "")
    assert await of(ledger, 1) == [told(12, dyed, ""), told(11)]
    assert await of(ledger, 1, 1) == [told(12, dyed, "")]
    assert await of(ledger, 2) == []
    assert (await ledger.books.kept_of(MemberId("m1"))).services == (told(12, dyed, ""), told(11))


async def test_a_correction_takes_the_place_of_what_it_corrects(ledger: Any) -> None:
    await joins(ledger, 1)
    await writes(ledger, 11, 1)
    better = replace(CUT, done=("烫发",), corrects=an_id(11))
    await writes(ledger, 12, 1, better)
    assert await of(ledger, 1) == [told(12, better)]


@pytest.mark.parametrize("health", [None, False])
async def test_a_remark_is_kept_only_of_who_agreed_to_notes_about_health(
    ledger: Any, *, health: bool | None
) -> None:
    await joins(ledger, 1, health=health)
    await writes(ledger, 11, 1)
    assert await of(ledger, 1) == [told(11, CUT, "")]


async def test_remarks_go_with_that_consent_and_with_no_other(ledger: Any) -> None:
    await joins(ledger, 1)
    await joins(ledger, 2)
    await writes(ledger, 11, 1)
    await writes(ledger, 12, 2)
    said = BookConsent(
        id=an_id(21), at=AT, wallet=WalletId("w1"), purpose="marketing", version="1", given=False
    )
    await ledger.committer.submit(said)
    await ledger.committer.submit(replace(said, id=an_id(22), purpose="health", given=True))
    assert await of(ledger, 1) == [told(11)]
    await ledger.committer.submit(replace(said, id=an_id(23), purpose="health"))
    assert await of(ledger, 1) == [told(11, CUT, "")]
    assert await of(ledger, 2) == [told(12)]


async def test_all_of_it_ends_at_once_and_of_nobody_else(ledger: Any) -> None:
    await joins(ledger, 1)
    await joins(ledger, 2)
    await writes(ledger, 11, 1)
    await writes(ledger, 12, 2)
    await ledger.committer.submit(BookService(id=an_id(13), at=AT, wallet=WalletId("w1"), ends=True))
    assert (await of(ledger, 1), await of(ledger, 2)) == ([], [told(12)])


async def test_who_is_forgotten_was_never_served(ledger: Any) -> None:
    await joins(ledger, 1)
    await joins(ledger, 2)
    await writes(ledger, 11, 1)
    await writes(ledger, 12, 2)
    gone = BookErasure(id=an_id(13), at=AT, wallet=WalletId("w1"), member=MemberId("m1"))
    await ledger.committer.submit(gone)
    assert (await of(ledger, 1), await of(ledger, 2)) == ([], [told(12)])
    with pytest.raises(NotBookable):
        await writes(ledger, 14, 1)


@pytest.mark.parametrize(("health", "remark"), [(True, SENSITIVE), (False, "")])
async def test_two_memberships_of_one_person_have_it_together(
    ledger: Any, *, health: bool, remark: str
) -> None:
    await joins(ledger, 1)
    await joins(ledger, 2, health=health)
    await joins(ledger, 3)
    await writes(ledger, 11, 1)
    await writes(ledger, 12, 2)
    await writes(ledger, 13, 3)
    await ledger.committer.submit(BookMerge(id=an_id(14), at=AT, wallet=WalletId("w1"), into=WalletId("w2")))
    assert await of(ledger, 1) == []
    assert await of(ledger, 2) == [told(12, CUT, remark), told(11, CUT, remark)]
    assert await of(ledger, 3) == [told(13)]


async def test_it_follows_nobody_who_was_erased(ledger: Any) -> None:
    await joins(ledger, 1)
    await joins(ledger, 2)
    await writes(ledger, 11, 1)
    gone = BookErasure(id=an_id(12), at=AT, wallet=WalletId("w2"), member=MemberId("m2"))
    await ledger.committer.submit(gone)
    await ledger.committer.submit(BookMerge(id=an_id(13), at=AT, wallet=WalletId("w1"), into=WalletId("w2")))
    assert (await of(ledger, 1), await of(ledger, 2)) == ([told(11)], [])


async def test_it_stays_with_the_person_where_a_card_goes_to_another(ledger: Any) -> None:
    await joins(ledger, 1)
    await writes(ledger, 11, 1)
    given = BookTransfer(
        id=an_id(12), at=AT, wallet=WalletId("w1"), card=None, to=MemberId("m9"), commitment="", terms="1"
    )
    await ledger.committer.submit(given, Private(phone="19000000399", salt="00"))
    assert (await of(ledger, 9), await of(ledger, 1)) == ([], [told(11)])


async def test_nothing_of_it_lies_open_and_a_row_opens_for_no_other_entry(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await joins(ledger, 1)
    await writes(ledger, 11, 1)
    await ledger.close()
    kept = everything(path)
    for said in (*CUT.done, *CUT.used, SENSITIVE):
        assert said.encode() not in kept, said
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM services").fetchone() == (1,)
        connection.execute("INSERT INTO erased (member, done) VALUES ('m1', 1)")
        connection.execute("DELETE FROM profiles")
        with pytest.raises(Exception, match="services"):
            check_beside(connection)


async def test_erasure_leaves_no_row_of_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await joins(ledger, 1)
    await writes(ledger, 11, 1)
    await ledger.committer.submit(
        BookErasure(id=an_id(12), at=AT, wallet=WalletId("w1"), member=MemberId("m1"))
    )
    await ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM services").fetchone() == (0,)
