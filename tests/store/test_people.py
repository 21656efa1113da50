"""Personal data lie apart: found by what somebody says, sealed, and gone for good when they are forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from terminal.checkup import ledger_facts
from terminal.core.commands import BookCard, BookErasure, BookIntent, BookJoin, BookProfile, Private
from terminal.core.errors import AlreadyMember, ErasureWaits, LedgerDamaged
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, WalletId
from terminal.store.beside import check_beside
from terminal.store.sealed import MemberKeys, Secret
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
    ],
)
async def test_people_are_found_by_what_they_say(ledger: Any, said: str, found: list[int]) -> None:
    people = await ledger.books.found(said)
    assert [one.wallet for one in people] == [f"w{number}" for number in found]
    assert all(one.name_shown[1:].strip("*") == "" for one in people)


async def test_neither_name_nor_phone_nor_initials_are_in_any_file(ledger: Any, path: Path) -> None:
    await ledger.close()
    kept = everything(path)
    for name, _, digits in PEOPLE:
        assert name.encode() not in kept
        assert digits.encode() not in kept


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


async def test_open_intents_are_there_after_a_start(ledger: Any, path: Path) -> None:
    intent = BookIntent(id=an_id(30), at=AT, what="code_payment", amount=500, consumed_by=an_id(31))
    await ledger.committer.submit(intent)
    await ledger.close()
    again = await opened_at(path)
    assert list(await again.books.open_intents()) == [intent]
    await again.committer.submit(sale(31, 500))
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
    tmp_path: Path, spoil: Callable[[Path], None], said: str
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
    ledger = await opened_at(path)
    assert (await ledger.books.holder(private.credentials[0])).member == command.opens.member
    assert (await ledger.committer.submit(sale(2, 1000))).seq == 2
    await ledger.close()
