"""Personal data lie apart: found by what somebody says, sealed, and gone for good when they are forgotten."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.checkup import ledger_facts, verdict_on
from terminal.core.commands import (
    BookCard,
    BookConsent,
    BookErasure,
    BookExpiry,
    BookGrant,
    BookIntent,
    BookJoin,
    BookLegalHold,
    BookNote,
    BookProfile,
    BookTransfer,
    Consent,
    Grant,
    Private,
    Tender,
    TenderKind,
)
from terminal.core.errors import AlreadyMember, ErasureWaits, LedgerClosed, LedgerDamaged, PeopleLocked
from terminal.core.picture import Picture
from terminal.core.pricing.visit import Birthday
from terminal.core.site import Standing
from terminal.core.trust import Credential, Medium, masked_phone
from terminal.core.values import CardId, MemberId, SiteId, WalletId
from terminal.core.wire.people import TRACES_MAX
from terminal.maintenance.facts import ErasureFacts
from terminal.store import readers
from terminal.store.beside import check_beside
from terminal.store.intake import Coming
from terminal.store.sealed import MemberKeys, Secret, traces_of
from terminal.store.settings import Settings
from terminal.store.shelf import Shelf
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens, recharge, sale

PEOPLE = (
    ("王小明", "WXM", "19000000301"),
    ("王大明", "WDM", "19000000302"),
    ("李四", "LS", "19000010301"),
)


def phone(number: str) -> Credential:
    return Credential(medium=Medium.PHONE, number=number)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
async def ledger(path: Path) -> AsyncGenerator[Any, None]:
    opened = await opened_at(path)
    for number, (name, initials, digits) in enumerate(PEOPLE, 1):
        private = Private(credentials=(phone(digits),), name=name, initials=initials, phone=digits)
        await opened.committer.submit(
            BookJoin(id=an_id(number), at=AT, opens=opens(number, member=True)), private
        )
    yield opened
    await opened.close()


def joined(number: int) -> tuple[BookJoin, Private]:
    """The same person each time."""
    name, initials, digits = PEOPLE[0]
    private = Private(credentials=(phone(digits),), name=name, initials=initials, phone=digits)
    return BookJoin(id=an_id(number), at=AT, opens=opens(number, member=True)), private


def erasure(number: int, who: int = 1) -> BookErasure:
    return BookErasure(id=an_id(number), at=AT, wallet=WalletId(f"w{who}"), member=MemberId(f"m{who}"))


def everything(path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(path.parent.iterdir()) if one.suffix != ".lock")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("0301", [1, 3]),
        ("wx", [1]),
        ("W", [1, 2]),
        ("明", [1, 2]),
        ("小王", [1]),
        ("李", [3]),
        ("", []),
        ("  ", []),
        ("301", []),
        ("%", []),
        ("x" * 10_000, []),
        ("王 0301", [1]),
        ("0301 w", [1]),
        ("wxm 0301", [1]),
        ("wd 0301", []),
        ("明小 0301", [1]),
        ("大小 0301", []),
        ("王小明", [1]),
        ("明王小", [1]),
        ("王小大", []),
        ("0301 李", [3]),
        ("王 0302 0301", []),
        ("王大明", [2]),
        ("明大王", [2]),
        ("大小", []),
        ("王李", []),
        ("王李 0301", []),
        ("王301", []),
        ("19000000302", [2]),
        (" 19000000302 ", [2]),
        ("190000003", []),
        ("王%", [1, 2]),
        ("_", []),
        ("\x00", []),
        ("\ud800", []),
    ],
)
async def test_people_are_found_by_what_they_say(ledger: Any, said: str, found: list[int]) -> None:
    people = await ledger.books.found(said)
    assert [one.wallet for one in people] == [f"w{number}" for number in found]
    assert all(one.name_shown[1:].strip("*") == "" for one in people)


async def test_a_name_that_thousands_share_in_part_is_found_by_two_of_its_characters(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_TRACED_MAX", 1)  # Of all whose name has that character.
    assert [one.wallet for one in await ledger.books.found("王")] == ["w1"]
    assert [one.wallet for one in await ledger.books.found("王大")] == ["w2"]
    assert [one.wallet for one in await ledger.books.found("明大")] == ["w2"]


async def test_a_card_s_number_finds_its_holder_typed_whole(ledger: Any) -> None:
    card = Credential(medium=Medium.STRIPE, number="PT0007")
    private = Private(credentials=(phone("19000000307"), card), name="赵六", phone="19000000307")
    wallet = replace(opens(7, member=True), card=CardId("c7"))
    await ledger.committer.submit(BookJoin(id=an_id(7), at=AT, opens=wallet), private)
    for said in ("pt0007", "PT0007"):
        assert [one.wallet for one in await ledger.books.found(said)] == ["w7"]
    assert not await ledger.books.found("pt000")


async def test_a_long_name_has_no_more_traces_than_headquarters_takes(ledger: Any) -> None:
    name = "".join(chr(0x4E00 + number) for number in range(40))
    private = Private(credentials=(phone("19000000308"),), name=name, initials="X" * 40, phone="19000000308")
    await ledger.committer.submit(BookJoin(id=an_id(8), at=AT, opens=opens(8, member=True)), private)
    assert len(traces_of(private)) < TRACES_MAX
    for said in (name[:2], name[9::-1], name[39], f"{name[39]} 0308", "xx 0308"):
        assert [one.wallet for one in await ledger.books.found(said)] == ["w8"]


@pytest.mark.parametrize(
    ("name", "initials", "said", "found"),
    [
        ("Anna Lee", "", ["Anna", "anna", "an", "LEE", "Anna Lee", "lee anna", "le an"], True),
        ("Anna Lee", "", ["nna", "annal", "Anna Li", "Anna 李", "lea"], False),
        ("Anna Lee", "AL", ["al", "AL", "a", "anna"], True),
        ("李 O'Brien", "LO", ["李", "obrien", "O'Brien", "o\u2019b", "李 o'brien", "lo"], True),
        ("李 O'Brien", "LO", ["brien", "王 O'Brien"], False),
        ("José Müller-Lüdenscheidt", "", ["jose", "José", "muller", "Müller-Lüd", "ludenscheidt"], True),
        ("José Müller-Lüdenscheidt", "", ["mullerl", "denscheidt"], False),
        ("Анна", "", ["анна", "Анна"], True),
        ("王5号", "", ["5号", "王"], True),
    ],
)
async def test_names_in_latin_letters_are_found_by_the_beginnings_of_their_words(
    path: Path, name: str, initials: str, said: list[str], *, found: bool
) -> None:
    ledger = await opened_at(path)
    digits = "19000000399"
    private = Private(credentials=(phone(digits),), name=name, initials=initials, phone=digits)
    await ledger.committer.submit(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), private)
    answers = {text: bool(await ledger.books.found(text)) for text in said}
    await ledger.close()
    assert answers == dict.fromkeys(said, found)


async def test_neither_name_nor_phone_nor_initials_are_in_any_file(ledger: Any, path: Path) -> None:
    await ledger.close()
    kept = everything(path)
    for name, _, digits in PEOPLE:
        assert name.encode() not in kept
        assert digits.encode() not in kept


async def test_what_the_shop_asked_beside_it_is_told_to_headquarters_and_in_no_file(
    ledger: Any, path: Path
) -> None:
    private = Private(
        phone="19000000309", name="赵六", told=(("allergy", "青霉素"), ("birthday", "1990-08-30"))
    )
    await ledger.committer.submit(BookJoin(id=an_id(9), at=AT, opens=opens(9, member=True)), private)
    await ledger.link.stands(Standing(epoch=1, hq_epoch=1))
    (known,) = [edit.known for edit in await ledger.link.edits(20) if edit.member == "m9"]
    assert known is not None
    assert known.told == private.told
    await ledger.close()
    kept = everything(path)
    assert not any(said.encode() in kept for _, said in private.told)


async def test_a_corrected_profile_is_found_by_the_new_and_no_longer_by_the_old(ledger: Any) -> None:
    private = Private(credentials=(phone("19000000777"),), name="赵六", initials="ZL", phone="19000000777")
    command = BookProfile(id=an_id(9), at=AT, wallet=WalletId("w1"), commitment="")
    await ledger.committer.submit(command, private)
    assert [one.wallet for one in await ledger.books.found("zl")] == ["w1"]
    assert not await ledger.books.found("小")
    assert await ledger.books.holder(phone("19000000301")) is None
    assert (await ledger.books.holder(phone("19000000777"))).name_shown == "赵*"


async def test_somebody_who_is_forgotten_is_found_by_nothing_and_the_chain_still_verifies(
    ledger: Any, path: Path
) -> None:
    private = Private(credentials=(phone("19000000888"),), phone="19000000888", name="孙七")
    await ledger.committer.submit(sale(10, 500, begins=opens(4, member=True)), private)
    await ledger.committer.submit(erasure(11, 4))
    assert await ledger.books.holder(phone("19000000888")) is None
    assert not await ledger.books.found("孙")
    await ledger.close()
    connection = sqlite3.connect(path)
    assert verified(connection).entries == 5
    check_beside(connection)
    for left in (
        "SELECT 1 FROM profiles WHERE member = 'm4'",
        "SELECT 1 FROM tokens WHERE wallet = 'w4'",
        "SELECT 1 FROM traces WHERE wallet = 'w4'",
    ):
        assert not connection.execute(left).fetchall()
    assert connection.execute("SELECT done FROM erased WHERE member = 'm4'").fetchone() == (1,)
    connection.close()


async def test_somebody_with_two_wallets_is_found_by_neither_once_they_are_forgotten(
    ledger: Any, path: Path
) -> None:
    command = BookTransfer(
        id=an_id(30), at=AT, wallet=WalletId("w2"), card=None, to=MemberId("m1"), commitment="", terms="1"
    )
    private = Private(credentials=(phone("19000000303"),), phone="19000000303", name="王小明")
    await ledger.committer.submit(command, private)
    await ledger.committer.submit(erasure(31))
    gone = BookErasure(id=an_id(32), at=AT, wallet=WalletId("w2"), member=MemberId("m2"))
    await ledger.committer.submit(gone)
    assert await ledger.books.holder(phone("19000000303")) is None
    assert not await ledger.books.found("小")
    await ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        check_beside(connection)
        assert not connection.execute("SELECT 1 FROM traces WHERE wallet IN ('w1', 'w2')").fetchall()
        assert not connection.execute("SELECT 1 FROM tokens WHERE wallet IN ('w1', 'w2')").fetchall()
    with closing(sqlite3.connect(path.with_suffix(".keys"))) as keys:
        assert [row[0] for row in keys.execute("SELECT member FROM keys ORDER BY member")] == ["m3"]


async def test_a_card_that_is_not_handed_over_leads_nowhere_and_the_tables_say_what_the_journal_says(
    ledger: Any, path: Path
) -> None:
    cards = [Credential(medium=Medium.EM4100, number=f"0A00BC000{at}") for at in range(2)]
    for at, key in enumerate(cards):
        command = BookCard(id=an_id(30 + at), at=AT, wallet=WalletId("w1"), card=CardId(f"c{at}"))
        await ledger.committer.submit(command, Private(credentials=(key,)))
    to = BookTransfer(
        id=an_id(40),
        at=AT,
        wallet=WalletId("w1"),
        card=CardId("c0"),
        to=MemberId("m9"),
        commitment="",
        terms="1",
        cancels=(CardId("c1"),),
    )
    await ledger.committer.submit(to, Private(credentials=(phone("19000000309"),), name="韩梅"))
    holder = await ledger.books.holder(cards[0])
    assert (holder.wallet, holder.member) == ("w1", "m9")
    assert await ledger.books.holder(cards[1]) is None
    await ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        assert verified(connection).entries
        check_beside(connection)
        found = connection.execute("SELECT card, state FROM cards ORDER BY card").fetchall()
    assert found == [("c0", "active"), ("c1", "cancelled")]


async def test_the_key_of_somebody_who_is_forgotten_is_nowhere_on_the_disk(ledger: Any, path: Path) -> None:
    keys = sqlite3.connect(path.with_suffix(".keys"))
    (wrapped,) = keys.execute("SELECT wrapped FROM keys WHERE member = 'm1'").fetchone()
    keys.close()
    (sealed,) = await ledger.committer.do(_sealed)
    assert wrapped in everything(path)
    await ledger.committer.submit(erasure(20))
    await ledger.close()
    assert wrapped not in everything(path)
    reopened = MemberKeys(path.with_suffix(".keys"), Secret(path.with_suffix(".secret")))
    assert reopened.unseal(MemberId("m1"), sealed) is None
    reopened.close()


def _sealed(shelf: Any) -> Any:
    return shelf.connection.execute("SELECT sealed FROM profiles WHERE member = 'm1'").fetchone()


async def test_a_key_that_a_power_cut_left_is_destroyed_at_the_next_start(ledger: Any, path: Path) -> None:
    await ledger.committer.submit(erasure(20))
    await ledger.close()
    # As a restore of an older copy, or a cut between COMMIT and the destruction, leaves it.
    keys = MemberKeys(path.with_suffix(".keys"), Secret(path.with_suffix(".secret")))
    keys.seal(MemberId("m1"), Private(name="王小明"))
    keys.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE erased SET done = 0")
    connection.commit()
    connection.close()
    await (await opened_at(path)).close()
    kept = sqlite3.connect(path.with_suffix(".keys"))
    assert [row[0] for row in kept.execute("SELECT member FROM keys ORDER BY member")] == ["m2", "m3"]
    kept.close()


async def test_what_was_erased_leaves_the_log_in_the_first_pause(
    ledger: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far less was written than what a pause is used for otherwise."""
    loop, emptied, purge = asyncio.get_running_loop(), asyncio.Event(), Shelf.purge

    def heard(shelf: Shelf) -> bool:
        done = purge(shelf)
        loop.call_soon_threadsafe(emptied.set)
        return done

    monkeypatch.setattr(Shelf, "purge", heard)
    shown = masked_phone("19000000302").encode()
    assert shown in Path(f"{path}-wal").read_bytes()  # noqa: ASYNC240
    await ledger.committer.submit(erasure(20, 2))
    await asyncio.wait_for(emptied.wait(), 60)
    assert shown not in everything(path)
    assert not await ledger.committer.do(lambda shelf: shelf.unpurged)


async def test_a_reader_keeps_what_was_erased_only_as_long_as_it_reads(ledger: Any, path: Path) -> None:
    reading = sqlite3.connect(path, isolation_level=None)
    reading.execute("BEGIN")
    reading.execute("SELECT 1 FROM entries").fetchone()
    await ledger.committer.submit(erasure(20))
    assert await ledger.committer.exchange(lambda shelf: shelf.purge()) is False
    reading.close()
    assert await ledger.committer.exchange(lambda shelf: shelf.unpurged)
    await ledger.close()
    done = sqlite3.connect(path)
    assert done.execute("SELECT done FROM erased").fetchall() == [(1,)]
    done.close()


async def test_what_a_power_cut_left_in_the_log_goes_at_the_next_start(
    ledger: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shelf, "purge", lambda _: False)
    await ledger.committer.submit(erasure(20, 2))
    cut = path.parent / "cut"
    shutil.copytree(path.parent, cut, ignore=shutil.ignore_patterns("cut", "*-shm"))
    shown = masked_phone("19000000302").encode()
    assert shown in everything(cut / path.name)
    monkeypatch.undo()
    again = await opened_at(cut / path.name)
    assert shown not in everything(cut / path.name)
    await again.close()


async def test_open_intents_are_there_after_a_start(ledger: Any, path: Path) -> None:
    intent = BookIntent(id=an_id(30), at=AT, what="code_payment", amount=500, consumed_by=an_id(31))
    await ledger.committer.submit(intent)
    await ledger.close()
    again = await opened_at(path)
    assert list(await again.books.open_intents()) == [intent]
    paid = (Tender(kind=TenderKind.CODE, amount=500),)
    await again.committer.submit(replace(sale(31, 500), tenders=paid))
    assert not await again.books.open_intents()
    await again.close()


async def test_value_is_spent_before_they_are_forgotten_and_then_their_card_is_nobodys(
    ledger: Any,
) -> None:
    private = Private(credentials=(Credential(medium=Medium.UID, number="04A1B2C3D4"),))
    command = BookCard(id=an_id(40), at=AT, wallet=WalletId("w1"), card=CardId("c1"))
    await ledger.committer.submit(command, private)
    await ledger.committer.submit(recharge(41, 1, 1000))
    with pytest.raises(ErasureWaits, match="value is left"):
        await ledger.committer.submit(erasure(42))
    await ledger.committer.submit(sale(43, 1000, number=1, stored=1000))
    await ledger.committer.submit(erasure(44))
    assert await ledger.books.holder(private.credentials[0]) is None


async def test_whoever_must_wait_to_be_forgotten_stands_there_until_they_are(ledger: Any, path: Path) -> None:
    """Also after a start; and only once, since the first day on which they asked."""
    command = BookCard(id=an_id(40), at=AT, wallet=WalletId("w1"), card=CardId("c1"))
    await ledger.committer.submit(command, Private())
    await ledger.committer.submit(recharge(41, 1, 1000))
    for entry, day in ((42, "2026-11-24"), (43, "2026-11-25")):
        asked = replace(erasure(entry), at=replace(AT, business_day=day))
        with pytest.raises(ErasureWaits):
            await ledger.committer.submit(asked)
    held = BookLegalHold(id=an_id(44), at=AT, member=MemberId("m2"), until="2027-01-31", why="a dispute")
    await ledger.committer.submit(held)
    with pytest.raises(ErasureWaits):
        await ledger.committer.submit(erasure(45, 2))
    await ledger.close()
    ledger = await opened_at(path)
    waiting = (
        ErasureFacts(member="m1", since="2026-11-24"),
        ErasureFacts(member="m2", since="2026-11-24", until="2027-01-31"),
    )
    assert ledger_facts(path, 10).erasures == waiting
    assert verdict_on(Settings(path=path), SiteId("S1")).erasures == waiting
    await ledger.committer.submit(sale(46, 1000, number=1, stored=1000))
    await ledger.committer.submit(erasure(47))
    assert ledger_facts(path, 10).erasures == waiting[1:]
    await ledger.close()


async def test_a_card_stored_under_the_shops_own_key_is_found_after_it_joined_others(path: Path) -> None:
    """And stored under the merchant's from the first time on that it is presented."""
    ledger = await opened_at(path)
    await ledger.committer.submit(*joined(1))
    before = await ledger.token_keys.own()
    holder = await ledger.books.holder(phone(PEOPLE[0][2]))
    assert holder is not None
    await ledger.token_keys.adopt(bytes(range(32)))
    assert (await ledger.books.holder(phone(PEOPLE[0][2]))) == holder
    assert [person.wallet for person in await ledger.books.found("0301")] == [holder.wallet]
    await ledger.close()
    secret = Secret(path.with_suffix(".secret"))
    assert secret.token_key == bytes(range(32)) != before
    with closing(sqlite3.connect(path)) as file:
        assert list(file.execute("SELECT token FROM tokens")) == [(secret.token(phone(PEOPLE[0][2])),)]


async def test_headquarters_is_told_again_of_who_is_stored_anew_and_only_then(path: Path) -> None:
    """It keeps an edit once for each id: this one has an id of its own."""
    ledger = await opened_at(path)
    await ledger.link.stands(Standing(epoch=1, hq_epoch=1))
    await ledger.committer.submit(*joined(1))
    (first,) = await ledger.link.edits(9)
    await ledger.link.edits_held([first.id], 1)
    await ledger.token_keys.adopt(bytes(range(32)))
    assert await ledger.link.edits(9) == []
    assert await ledger.books.holder(phone(PEOPLE[0][2])) is not None
    (again,) = await ledger.link.edits(9)
    token = Secret(path.with_suffix(".secret")).token(phone(PEOPLE[0][2])).hex()
    assert (again.wallet, [key.token for key in again.keys]) == (first.wallet, [token])
    assert (again.known, again.id != first.id) == (first.known, True)
    await ledger.link.edits_held([again.id], 1)
    assert await ledger.link.edits(9) == []
    assert await ledger.books.holder(phone(PEOPLE[0][2])) is not None
    assert await ledger.link.edits(9) == []
    await ledger.close()


async def test_nobody_joins_twice_because_the_key_changed_in_between(path: Path) -> None:
    ledger = await opened_at(path)
    await ledger.committer.submit(*joined(1))
    await ledger.token_keys.adopt(bytes(range(32)))
    with pytest.raises(AlreadyMember):
        await ledger.committer.submit(*joined(2))
    await ledger.close()


async def test_a_shop_without_members_has_no_key_of_its_own_to_give(path: Path) -> None:
    ledger = await opened_at(path)
    assert await ledger.token_keys.own() is None
    await ledger.close()


def test_adopting_a_key_again_changes_nothing_and_what_seals_the_members_stays(tmp_path: Path) -> None:
    secret = Secret(tmp_path / "s.secret")
    sealed = secret.seal(b"clear")
    for _ in range(2):
        secret.adopt(bytes(range(32)))
    assert (tmp_path / "s.secret").stat().st_size == 96
    assert Secret(tmp_path / "s.secret").unseal(sealed) == b"clear"


@pytest.mark.parametrize("size", [0, 63, 65, 400])
def test_a_secret_of_another_size_is_none(tmp_path: Path, size: int) -> None:
    (tmp_path / "s.secret").write_bytes(bytes(size))
    with pytest.raises(LedgerDamaged, match="no keys"):
        Secret(tmp_path / "s.secret")


def gone(keys: Path) -> None:
    keys.unlink()


def spoilt(keys: Path) -> None:
    keys.write_bytes(b"x" * 4096)


def emptied(keys: Path) -> None:
    with closing(sqlite3.connect(keys, isolation_level=None)) as file:
        file.execute("DELETE FROM keys")


@pytest.mark.parametrize(
    ("spoil", "said"), [(gone, "is gone"), (spoilt, "not a database"), (emptied, "is empty")]
)
async def test_keys_that_are_not_there_are_told_to_the_technician_and_selling_goes_on(
    tmp_path: Path, spoil: Callable[[Path], None], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    command, private = joined(1)
    await ledger.committer.submit(command, private)
    await ledger.close()
    assert ledger_facts(path, 10).keys_fault == ""
    spoil(path.with_suffix(".keys"))
    seen = ledger_facts(path, 10)
    assert said in seen.keys_fault
    assert seen.fault == ""
    assert said in verdict_on(Settings(path=path), SiteId("S1")).fault
    caplog.clear()
    ledger = await opened_at(path)
    assert said in caplog.text
    assert "restore DIR" in caplog.text
    assert (await ledger.books.holder(private.credentials[0])).member == command.opens.member
    assert (await ledger.committer.submit(sale(2, 1000))).seq == 2
    await ledger.close()


async def test_a_key_that_was_being_written_when_the_power_went_is_no_damage(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its journal lies there still. It was taken for damage, and a restore asked for."""
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    command, private = joined(1)
    await ledger.committer.submit(command, private)
    await ledger.close()
    keys, journal = path.with_suffix(".keys"), tmp_path / "ledger.keys-journal"
    with closing(sqlite3.connect(keys, isolation_level=None)) as file:
        file.execute("PRAGMA cache_size = 1")
        file.execute("BEGIN IMMEDIATE")
        file.executemany("INSERT INTO keys VALUES (?, zeroblob(900))", [(f"M{one}",) for one in range(40)])
        left = {one: one.read_bytes() for one in (keys, journal)}
        file.execute("ROLLBACK")
    for one, content in left.items():
        one.write_bytes(content)
    assert ledger_facts(path, 10).keys_fault == ""
    assert verdict_on(Settings(path=path), SiteId("S1")).fault == ""
    assert journal.exists()  # Who only looks leaves it as it is.
    ledger = await opened_at(path)
    assert "restore DIR" not in caplog.text
    another = replace(private, credentials=(phone("19000000302"),))
    await ledger.committer.submit(joined(2)[0], another)
    await ledger.close()
    assert not journal.exists()
    assert verdict_on(Settings(path=path), SiteId("S1")).fault == ""


async def test_a_key_that_is_damaged_alone_is_found_by_verify(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await ledger.committer.submit(*joined(1))
    await ledger.close()
    assert verdict_on(Settings(path=path), SiteId("S1")).fault == ""
    keys = path.with_suffix(".keys")
    whole = keys.read_bytes()
    with closing(sqlite3.connect(keys, isolation_level=None)) as file:
        file.execute("UPDATE keys SET wrapped = zeroblob(60)")
    verdict = verdict_on(Settings(path=path), SiteId("S1"))
    assert "a key does not open" in verdict.fault
    assert not verdict.damaged  # The ledger itself is whole, and goes on selling.
    keys.write_bytes(whole)
    with closing(sqlite3.connect(keys, isolation_level=None)) as file:
        file.execute("PRAGMA writable_schema = ON")
        file.execute("UPDATE sqlite_schema SET sql = CAST(x'A1A2' AS TEXT) WHERE name = 'keys'")
    assert "keys" in verdict_on(Settings(path=path), SiteId("S1")).fault


# The file with the keys is damaged.


@pytest.fixture(params=["no database", "one key"])
def damaged(request: pytest.FixtureRequest, path: Path) -> Callable[[], None]:
    def damage() -> None:
        keys = path.with_suffix(".keys")
        if request.param == "no database":
            keys.write_bytes(b"\xff" * 4096)
            return
        with closing(sqlite3.connect(keys)) as file:
            file.execute("UPDATE keys SET wrapped = zeroblob(60)")
            file.commit()

    return damage


async def test_with_damaged_keys_names_wait_and_selling_goes_on(
    ledger: Any, path: Path, damaged: Callable[[], None]
) -> None:
    keys = path.with_suffix(".keys")
    await ledger.close()
    whole = keys.read_bytes()
    damaged()
    ledger = await opened_at(path)
    try:
        changed = BookProfile(id=an_id(20), at=AT, wallet=WalletId("w1"), commitment="")
        private = Private(name="王小红", credentials=(phone("19000000301"),))
        with pytest.raises(PeopleLocked):
            await ledger.committer.submit(changed, private)
        booked = await ledger.committer.submit(BookNote(id=an_id(21), at=AT, what="drawer"))
        assert booked.seq == (await ledger.outbox.head())[0]
        assert (await ledger.books.holder(phone("19000000301"))).wallet == WalletId("w1")
        keys.write_bytes(whole)
        await ledger.committer.submit(changed, private)
    finally:
        await ledger.close()


async def test_with_damaged_keys_somebody_is_forgotten_and_their_key_goes_once_it_can(
    ledger: Any, path: Path
) -> None:
    keys = path.with_suffix(".keys")
    await ledger.close()
    whole = keys.read_bytes()
    keys.write_bytes(b"\xff" * 4096)
    ledger = await opened_at(path)
    await ledger.committer.submit(erasure(20))
    await ledger.committer.submit(BookNote(id=an_id(21), at=AT, what="drawer"))
    await ledger.close()
    await (await opened_at(path)).close()
    keys.write_bytes(whole)
    await (await opened_at(path)).close()
    with closing(sqlite3.connect(keys)) as kept:
        assert [row[0] for row in kept.execute("SELECT member FROM keys ORDER BY member")] == ["m2", "m3"]


def _coming(number: int) -> Coming:
    key = phone(f"1900000030{number}")
    join = BookJoin(id=an_id(number), at=AT, opens=opens(number, member=True))
    return Coming(join=join, private=Private(credentials=(key,), name="赵六", phone=key.number))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (sqlite3.DatabaseError("malformed"), PeopleLocked),
        (sqlite3.OperationalError("disk full"), LedgerClosed),
    ],
)
async def test_keys_that_fail_while_many_join_close_no_more_than_they_must(
    ledger: Any, monkeypatch: pytest.MonkeyPatch, fault: sqlite3.Error, said: type[Exception]
) -> None:
    def failing(keys: Any, _member: MemberId) -> bytes:
        if isinstance(fault, sqlite3.OperationalError):  # As SQLite does by itself.
            keys._file().execute("ROLLBACK")
            fault.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise fault

    with monkeypatch.context() as patched:
        patched.setattr(MemberKeys, "_key", failing)
        with pytest.raises(said) as told:
            await ledger.intake.take([_coming(5)])
    assert "disk full" in str(told.value) or "malformed" in str(told.value)
    assert [one.value for one in await ledger.intake.take([_coming(6)])] == ["new"]


async def test_a_key_is_durable_though_the_commit_of_others_failed(path: Path, tmp_path: Path) -> None:
    keys, of_keys = MemberKeys(tmp_path / "a.keys", Secret(path.with_suffix(".secret"))), Private(name="a")
    keys.seal(MemberId("m1"), of_keys)
    keys._file().execute("PRAGMA busy_timeout = 10")
    with closing(sqlite3.connect(tmp_path / "a.keys", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT member FROM keys").fetchall()
        with pytest.raises(sqlite3.OperationalError), keys.together():
            keys.seal(MemberId("m2"), of_keys)
        other.execute("COMMIT")
        keys.seal(MemberId("m3"), of_keys)
        assert other.execute("SELECT member FROM keys").fetchall() == [("m1",), ("m3",)]
    keys.close()


async def test_whoever_is_found_is_served_by_their_phone_until_they_are_forgotten(ledger: Any) -> None:
    [person] = await ledger.books.found("李")
    assert await ledger.books.phone_of(person) == phone("19000010301")
    await ledger.committer.submit(erasure(11, 3))
    assert await ledger.books.phone_of(person) is None


def agreed(ledger: Any, member: str) -> list[tuple[str, str, bool, int]]:
    with closing(sqlite3.connect(ledger)) as file:
        query = "SELECT purpose, version, given, seq FROM consents WHERE member = ? ORDER BY purpose"
        return [
            (purpose, version, bool(given), seq)
            for purpose, version, given, seq in file.execute(query, (member,))
        ]


async def test_what_a_member_said_last_to_each_purpose_stands_until_they_are_forgotten(
    ledger: Any, path: Path
) -> None:
    both = tuple(Consent(purpose=one, version="1", given=True) for one in ("marketing", "health"))
    begins = replace(opens(5, member=True), consents=both)
    private = Private(credentials=(phone("19000000305"),), phone="19000000305")
    await ledger.committer.submit(BookJoin(id=an_id(5), at=AT, opens=begins), private)
    takes_back = BookConsent(
        id=an_id(6), at=AT, wallet=WalletId("w5"), purpose="marketing", version="2", given=False
    )
    await ledger.committer.submit(takes_back)
    assert agreed(path, "m5") == [("health", "1", True, 4), ("marketing", "2", False, 5)]
    given_away = BookTransfer(
        id=an_id(7), at=AT, wallet=WalletId("w5"), card=None, to=MemberId("m6"), commitment="", terms="1"
    )
    heir = Private(credentials=(phone("19000000306"),), phone="19000000306")
    await ledger.committer.submit(given_away, heir)
    assert agreed(path, "m6") == []
    with closing(sqlite3.connect(path)) as connection:
        check_beside(connection)
    await ledger.committer.submit(erasure(8, 5))
    assert agreed(path, "m5") == []
    with closing(sqlite3.connect(path)) as connection:
        check_beside(connection)


async def test_what_is_known_beside_the_money_is_told_of_whoever_stands_there(ledger: Any) -> None:
    private = Private(
        credentials=(phone("19000000305"),), phone="19000000305", told=(("birthday", "moon:1990-08-30"),)
    )
    join = BookJoin(id=an_id(5), at=replace(AT, business_day="2026-11-20"), opens=opens(5, member=True))
    await ledger.committer.submit(join, private)
    holder = await ledger.books.holder(phone("19000000305"))
    known = Picture(born=Birthday(month=8, day=30, lunar=True), joined="2026-11-20")
    assert await ledger.books.picture(holder) == known
    await ledger.committer.submit(replace(sale(6, 500, number=5), card=None))  # In cash, without points.
    assert await ledger.books.picture(holder) == replace(known, last="2026-11-24")
    assert await ledger.books.picture(replace(holder, wallet=WalletId("w99"), member=None)) == Picture()


async def test_what_is_written_off_says_of_nobody_that_they_were_here(ledger: Any) -> None:
    for entry, unit, until in ((5, "cashback", "2026-11-30"), (6, "points:goods", "2026-12-31")):
        given = (Grant(unit=unit, amount=100, until=until),)
        await ledger.committer.submit(
            BookGrant(id=an_id(entry), at=AT, wallet=WalletId("w1"), why="x", grants=given)
        )
    holder = await ledger.books.holder(phone("19000000301"))
    before = await ledger.books.picture(holder)
    for entry, unit, day in ((7, "cashback", "2026-12-01"), (8, "points:goods", "2027-01-01")):
        at = replace(AT, business_day=day)
        await ledger.committer.submit(BookExpiry(id=an_id(entry), at=at, wallet=holder.wallet, unit=unit))
    assert await ledger.books.picture(holder) == before
    assert before.last == AT.business_day


def test_the_mark_of_a_payer_is_of_this_site_and_tells_nobody_who(tmp_path: Path) -> None:
    secret = Secret(tmp_path / "one.secret")
    mark = secret.mark("wechat:o-123")
    assert (len(mark), set(mark) <= set("0123456789abcdef")) == (32, True)
    assert mark == Secret(tmp_path / "one.secret").mark("wechat:o-123")
    assert mark != secret.mark("wechat:o-124")
    assert mark != Secret(tmp_path / "two.secret").mark("wechat:o-123")
    assert mark != secret.mac(b"wechat:o-123").hex()[:32]
    secret.adopt(b"k" * 32)
    assert mark == secret.mark("wechat:o-123"), "whoever joins a merchant keeps who paid"
