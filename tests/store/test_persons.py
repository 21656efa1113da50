"""Two members are one person: what is kept of both is that one's, to see, to correct and to erase."""

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
    BookGuest,
    BookJoin,
    BookLegalHold,
    BookMerge,
    BookService,
    BookTransfer,
    Consent,
    Private,
)
from terminal.core.errors import ErasureWaits, PeopleLocked
from terminal.core.services import Written, text_of
from terminal.core.trust import Credential, Medium
from terminal.core.values import MemberId, SiteId, StaffId, WalletId
from terminal.store.beside import check_beside
from terminal.store.memory import MemoryLedger
from terminal.store.sealed import MemberKeys
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens, recharge

DOCUMENT, SKIN, HAIR = ("document", "citizen:11010519491231002X"), ("skin", "干"), ("hair", "细软")
CUT = Written(day="2026-11-24", done=("剪发",), by=StaffId("E01"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture(params=["file", "memory"])
async def ledger(request: pytest.FixtureRequest, path: Path) -> Any:
    opened: Any = await opened_at(path) if request.param == "file" else MemoryLedger(SiteId("S1"))
    yield opened
    if request.param == "file":
        await opened.committer.ask(lambda shelf: check_beside(shelf.connection))
        await opened.close()


@pytest.fixture
async def file(path: Path) -> Any:
    opened = await opened_at(path)
    yield opened
    await opened.committer.ask(lambda shelf: check_beside(shelf.connection))
    await opened.close()


async def joins(
    ledger: Any, number: int, *told: tuple[str, str], health: bool = True, **private: str
) -> None:
    phone = Credential(medium=Medium.PHONE, number=f"1900000030{number}")
    said = Consent(purpose="health", version="1", given=health)
    begins = replace(opens(number, member=True), consents=(said,))
    known = {"name": "王小明", "phone": phone.number, "salt": "00"} | private
    join = BookJoin(id=an_id(number), at=AT, opens=begins)
    await ledger.committer.submit(join, Private(credentials=(phone,), told=told, **known))


async def says(ledger: Any, entry: int, number: int, purpose: str, *, given: bool) -> None:
    wallet = WalletId(f"w{number}")
    await ledger.committer.submit(
        BookConsent(id=an_id(entry), at=AT, wallet=wallet, purpose=purpose, version="1", given=given)
    )


async def merges(ledger: Any, entry: int = 50, goes: int = 1, stays: int = 2) -> None:
    wallet, into = WalletId(f"w{goes}"), WalletId(f"w{stays}")
    await ledger.committer.submit(BookMerge(id=an_id(entry), at=AT, wallet=wallet, into=into))


async def erases(ledger: Any, number: int = 2, entry: int = 60) -> None:
    wallet, member = WalletId(f"w{number}"), MemberId(f"m{number}")
    await ledger.committer.submit(BookErasure(id=an_id(entry), at=AT, wallet=wallet, member=member))


async def known(ledger: Any, number: int) -> Private | None:
    member = MemberId(f"m{number}")
    if isinstance(ledger, MemoryLedger):
        return ledger.privates.get(member)
    found: Private | None = await ledger.committer.do(lambda shelf: shelf.private_of(member))
    return found


async def agreed(ledger: Any, number: int) -> dict[str, bool]:
    if isinstance(ledger, MemoryLedger):
        of = [said.consent for (member, _), said in ledger.agreed.items() if member == f"m{number}"]
    else:
        kept = await ledger.people.by(MemberId(f"m{number}"))
        of = [] if kept is None else [said.consent for said in kept.agreed]
    return {said.purpose: said.given for said in of}


async def remarks(ledger: Any, number: int) -> list[str]:
    return [one.remark for one in await ledger.books.services_of(MemberId(f"m{number}"), 9)]


async def test_what_the_other_said_goes_along_and_nothing_of_them_is_left_by_itself(ledger: Any) -> None:
    await joins(ledger, 1, DOCUMENT, SKIN, ("hair", "粗"), plate="沪A12345")
    await joins(ledger, 2, HAIR, name="")
    await merges(ledger)
    both = await known(ledger, 2)
    assert both is not None
    assert (both.name, both.phone, both.plate) == ("王小明", "19000000302", "沪A12345")
    assert both.told == (HAIR, DOCUMENT, SKIN)
    assert await known(ledger, 1) is None
    holder = await ledger.books.holder(Credential(medium=Medium.PHONE, number="19000000301"))
    assert (holder.member, holder.name_shown) == ("m2", "王**")


async def test_without_a_name_on_either_they_are_shown_by_the_phone(ledger: Any) -> None:
    await joins(ledger, 1, name="")
    await joins(ledger, 2, name="")
    await merges(ledger)
    holder = await ledger.books.holder(Credential(medium=Medium.PHONE, number="19000000301"))
    assert (holder.member, holder.name_shown) == ("m2", "190****0302")


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ([(1, False), (2, True)], True),
        ([(2, True), (1, False)], False),
        ([(2, False), (1, True)], True),
        ([(1, False)], False),
        ([(2, False)], False),
    ],
)
async def test_what_they_said_last_counts_as_whichever_of_the_two_it_was(
    ledger: Any, said: list[tuple[int, bool]], *, stands: bool
) -> None:
    await joins(ledger, 1)
    await joins(ledger, 2)
    for entry, (number, given) in enumerate(said, 10):
        await says(ledger, entry, number, "marketing", given=given)
    await merges(ledger)
    assert await agreed(ledger, 2) == {"health": True, "marketing": stands}
    assert await agreed(ledger, 1) == {}


@pytest.mark.parametrize("who", [1, 2])
async def test_who_says_no_to_notes_about_health_as_either_has_none_as_both(ledger: Any, who: int) -> None:
    for number in (1, 2):
        await joins(ledger, number, SKIN, HAIR)
        wrote = BookService(id=an_id(10 + number), at=AT, wallet=WalletId(f"w{number}"), commitment="ab")
        await ledger.committer.submit(wrote, Private(service=text_of(CUT), remark="敏感"))
    await says(ledger, 20, who, "health", given=False)
    await merges(ledger)
    both = await known(ledger, 2)
    assert both is not None
    assert both.told == (HAIR,)
    assert await remarks(ledger, 2) == ["", ""]
    assert await remarks(ledger, 1) == []


async def test_who_agrees_keeps_the_remarks_of_both(ledger: Any) -> None:
    for number in (1, 2):
        await joins(ledger, number)
        wrote = BookService(id=an_id(10 + number), at=AT, wallet=WalletId(f"w{number}"), commitment="ab")
        await ledger.committer.submit(wrote, Private(service=text_of(CUT), remark=f"敏感{number}"))
    await merges(ledger)
    assert sorted(await remarks(ledger, 2)) == ["敏感1", "敏感2"]


@pytest.mark.parametrize("days", [("2026-12-01", ""), ("", "2026-12-01"), ("2026-12-01", "2026-11-30")])
async def test_the_longer_of_what_keeps_their_records_counts(ledger: Any, days: tuple[str, str]) -> None:
    for number, until in enumerate(days, 1):
        await joins(ledger, number)
        if until:
            hold = BookLegalHold(
                id=an_id(10 + number), at=AT, member=MemberId(f"m{number}"), until=until, why="dispute"
            )
            await ledger.committer.submit(hold)
    await merges(ledger)
    assert await ledger.committer.ask(lambda state: state.kept_until(MemberId("m2"))) == "2026-12-01"
    with pytest.raises(ErasureWaits, match="2026-12-01"):
        await erases(ledger)


async def test_who_is_not_known_here_or_has_another_wallet_stays_who_they_are(ledger: Any) -> None:
    await joins(ledger, 1, DOCUMENT)
    await joins(ledger, 2)
    await joins(ledger, 3)
    given = BookTransfer(
        id=an_id(10), at=AT, wallet=WalletId("w3"), card=None, to=MemberId("m1"), commitment="", terms="1"
    )
    await ledger.committer.submit(given, Private(name="王小明", phone="19000000309", told=(DOCUMENT,)))
    await merges(ledger)
    for number, told in ((1, (DOCUMENT,)), (2, ())):
        one = await known(ledger, number)
        assert one is not None
        assert one.told == told
    guest = BookGuest(id=an_id(11), at=AT, wallet=WalletId("w9"), member=MemberId("m9"), tier="regular")
    await ledger.committer.submit(guest)
    await merges(ledger, 51, 2, 9)
    assert await known(ledger, 2) is not None
    assert await known(ledger, 9) is None
    assert await agreed(ledger, 2) == {}  # It is what the one who stays says.


async def test_an_unnamed_wallet_brings_nothing_along(ledger: Any) -> None:
    await joins(ledger, 2, HAIR)
    await ledger.committer.submit(BookGuest(id=an_id(9), at=AT, wallet=WalletId("w1"), tier="regular"))
    await merges(ledger)
    one = await known(ledger, 2)
    assert one is not None
    assert one.told == (HAIR,)


async def test_after_an_erasure_neither_is_known_and_headquarters_hears_of_both(
    file: Any, path: Path
) -> None:
    await joins(file, 1, DOCUMENT)
    await joins(file, 2)
    await merges(file)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM profile_edits")
        connection.commit()
    await erases(file)
    assert await file.people.by(MemberId("m1")) is None
    assert await file.people.by(MemberId("m2")) is None
    with closing(sqlite3.connect(path)) as connection:
        for table in ("profiles", "consents", "services", "tokens", "traces"):
            assert not connection.execute(f"SELECT 1 FROM {table}").fetchall(), table  # noqa: S608  constants
        assert connection.execute("SELECT member FROM erased ORDER BY 1").fetchall() == [("m1",), ("m2",)]
        told = connection.execute("SELECT wallet FROM profile_edits ORDER BY 1").fetchall()
    assert told == [("w1",), ("w2",)]
    with closing(sqlite3.connect(path.with_suffix(".keys"))) as keys:
        assert not keys.execute("SELECT member FROM keys").fetchall()


async def test_what_was_known_of_the_other_is_not_in_the_ledger_any_more(path: Path) -> None:
    file: Any = await opened_at(path)
    await joins(file, 1, DOCUMENT)
    await joins(file, 2)
    sealed = await file.committer.do(_sealed)
    assert sealed in everything(path)
    await merges(file)
    await file.close()
    assert sealed not in everything(path)


def _sealed(shelf: Any) -> bytes:
    row: tuple[bytes] = shelf.connection.execute("SELECT sealed FROM profiles WHERE member = 'm1'").fetchone()
    return row[0]


def everything(path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(path.parent.iterdir()) if one.suffix != ".lock")


async def test_where_the_keys_cannot_be_read_it_stays_and_is_erased_with_the_other(
    file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await joins(file, 1, DOCUMENT)
    await joins(file, 2)

    def locked(*_: object) -> Private:
        raise PeopleLocked("the file of keys is not there")

    with monkeypatch.context() as now:
        now.setattr(MemberKeys, "unseal", locked)
        await merges(file)
    assert (await file.people.by(MemberId("m1"))).purses == ()
    assert [one.member for one in (await file.people.parted("", 9))[1]] == ["m1"]
    await erases(file)
    assert await file.people.by(MemberId("m1")) is None


async def test_whoever_waits_to_be_forgotten_waits_as_the_one_who_stays(file: Any) -> None:
    await joins(file, 1)
    await joins(file, 2)
    await file.committer.submit(replace(recharge(10, 1), card=None))
    with pytest.raises(ErasureWaits):
        await erases(file, 1)
    await merges(file)
    assert [(one.member, one.wallet) for one in await file.wishes.waiting("", 9)] == [("m2", "w2")]


async def test_whoever_waits_as_both_waits_once(file: Any) -> None:
    for number in (1, 2):
        await joins(file, number)
        await file.committer.submit(replace(recharge(10 + number, number), card=None))
        with pytest.raises(ErasureWaits):
            await erases(file, number, 60 + number)
    await merges(file)
    assert [one.member for one in await file.wishes.waiting("", 9)] == ["m2"]
