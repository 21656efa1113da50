"""PINs of those who work here: who gave them, how often they may be wrong, what a power cut leaves of it."""

from __future__ import annotations

import shutil
import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import STAFF_PIN, BookNote, Private
from terminal.core.errors import NoPin, NotBookable, PinLocked, PinRefused, WrongPin
from terminal.core.pin import TRIES_MAX
from terminal.core.values import StaffId
from terminal.store import pins as of_file
from terminal.store.memory import MemoryLedger
from terminal.store.pins import made
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id
from tests.store.test_heal import COMMON, THEIRS, book, chain_of, healed
from tests.store.test_pins import CARD, with_card

PIN, OTHER = "200731", "731200"
LEAD, MANAGER = StaffId("E02"), StaffId("E09")


async def note(ledger: Any, entry: int, pin: str, *, by: StaffId = MANAGER, whose: StaffId = LEAD) -> None:
    said = BookNote(id=an_id(entry), at=replace(AT, operator=by), what=STAFF_PIN, detail=whose)
    await ledger.committer.submit(said, Private(pin=await ledger.pin_book.verifier(pin)))


async def wrong(ledger: Any, count: int, whose: StaffId = LEAD) -> list[int]:
    left = []
    for _ in range(count):
        with pytest.raises(PinRefused) as refused:
            await ledger.pin_book.check_staff(whose, OTHER)
        left.append(refused.value.left if isinstance(refused.value, WrongPin) else 0)
    return left


async def test_there_is_none_before_one_was_given(ledger: Any) -> None:
    with pytest.raises(NoPin):
        await ledger.pin_book.check_staff(LEAD, PIN)


async def test_one_that_was_given_is_told_from_one_that_was_chosen(ledger: Any) -> None:
    await note(ledger, 1, PIN)
    assert await ledger.pin_book.check_staff(LEAD, PIN)
    await note(ledger, 2, OTHER, by=LEAD)
    assert not await ledger.pin_book.check_staff(LEAD, OTHER)
    with pytest.raises(WrongPin):
        await ledger.pin_book.check_staff(LEAD, PIN)


async def test_after_five_even_the_right_one_is_refused_until_another_was_given(ledger: Any) -> None:
    await note(ledger, 1, PIN)
    assert await wrong(ledger, TRIES_MAX + 1) == [4, 3, 2, 1, 0, 0]
    with pytest.raises(PinLocked):
        await ledger.pin_book.check_staff(LEAD, PIN)
    await note(ledger, 2, OTHER)
    assert await ledger.pin_book.check_staff(LEAD, OTHER)


async def test_each_has_tries_of_their_own_and_members_have_others(ledger: Any) -> None:
    holder = await with_card(ledger)
    await note(ledger, 11, PIN)
    await note(ledger, 12, PIN, whose=StaffId("w1"))  # Called as that member's wallet.
    await wrong(ledger, TRIES_MAX)
    assert await wrong(ledger, 1, StaffId("w1")) == [4]
    with pytest.raises(NoPin):
        await ledger.pin_book.check(holder, CARD, PIN)


def dated(ledger: Any, ms: int, pin: str) -> str:
    """As another site of the merchant made it, at that time."""
    if isinstance(ledger, MemoryLedger):
        return f"twin.{ms}.{sha256(pin.encode()).hexdigest()}"
    return made(pin, ledger.pin_book._secret, at_ms=ms, salt=bytes(16))


async def test_what_headquarters_tells_counts_until_another_was_chosen_here(ledger: Any) -> None:
    book, far = ledger.pin_book, dated(ledger, 1, PIN)
    assert not await book.check_staff(LEAD, PIN, far)
    assert await book.staff_verifier(LEAD) == ""
    await note(ledger, 1, OTHER, by=LEAD)
    if isinstance(ledger, MemoryLedger):
        ledger.staff_pins[LEAD] = dated(ledger, 2, OTHER), False
    assert not await book.check_staff(LEAD, OTHER, far)
    with pytest.raises(WrongPin):
        await book.check_staff(LEAD, PIN, far)
    later = dated(ledger, 1 << 50, PIN)
    assert not await book.check_staff(LEAD, PIN, later)


async def test_only_what_they_chose_themselves_is_for_headquarters(ledger: Any) -> None:
    await note(ledger, 1, PIN)
    assert await ledger.pin_book.staff_verifier(LEAD) == ""
    await note(ledger, 2, OTHER, by=LEAD)
    verifier = await ledger.pin_book.staff_verifier(LEAD)
    assert not await ledger.pin_book.check_staff(StaffId("E03"), OTHER, verifier)


async def test_what_is_no_verifier_opens_nothing(ledger: Any) -> None:
    if isinstance(ledger, MemoryLedger):
        return  # The file alone reads what others wrote.
    for told in ("x", "a1", "a1.x.y", "a2.5.0123abcd.x.y"):
        with pytest.raises(NoPin):
            await ledger.pin_book.check_staff(LEAD, PIN, told)
    with pytest.raises(WrongPin):
        await ledger.pin_book.check_staff(LEAD, PIN, "a1.5.0123abcd.x.y")


async def test_a_note_of_another_kind_brings_none(ledger: Any) -> None:
    said = BookNote(id=an_id(1), at=AT, what="drawer", detail=LEAD)
    with pytest.raises(NotBookable):
        await ledger.committer.submit(said, Private(pin=await ledger.pin_book.verifier(PIN)))


async def test_what_is_told_of_a_note_without_its_verifier_leaves_none(ledger: Any) -> None:
    await note(ledger, 1, PIN)
    await ledger.committer.submit(BookNote(id=an_id(2), at=AT, what=STAFF_PIN, detail=LEAD))
    with pytest.raises(NoPin):
        await ledger.pin_book.check_staff(LEAD, PIN)


async def test_whether_there_is_one_is_known_without_a_try(ledger: Any) -> None:
    assert not await ledger.pin_book.has_staff(LEAD, "")
    assert await ledger.pin_book.has_staff(LEAD, dated(ledger, 2, OTHER)), "headquarters told of one"
    await note(ledger, 1, PIN)
    await wrong(ledger, TRIES_MAX)
    assert await ledger.pin_book.has_staff(LEAD, ""), "one that is locked"
    await ledger.committer.submit(BookNote(id=an_id(2), at=AT, what=STAFF_PIN, detail=LEAD))
    assert not await ledger.pin_book.has_staff(LEAD, "")


async def test_a_chain_that_is_healed_keeps_pins_and_tries(ledger: Any) -> None:
    await book(ledger, COMMON)
    await note(ledger, 61, PIN)
    await wrong(ledger, 2)
    await healed(ledger, await chain_of([*COMMON, *THEIRS]))
    assert await wrong(ledger, 1) == [2]
    assert await ledger.pin_book.check_staff(LEAD, PIN)


async def test_the_power_goes_while_a_pin_is_compared_and_its_try_was_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on the disk at each comparison is opened as a start finds it after a power cut."""
    ledger = await opened_at(tmp_path / "ledger.db")
    await note(ledger, 1, PIN)
    cuts: list[Path] = []
    holds = of_file.holds

    def looks(verifier: str, pin: str, secret: Any) -> bool:
        cut = tmp_path / f"cut-{len(cuts)}"
        shutil.copytree(tmp_path, cut, ignore=shutil.ignore_patterns("cut-*", "*.lock"))
        cuts.append(cut)
        return holds(verifier, pin, secret)

    monkeypatch.setattr(of_file, "holds", looks)
    await wrong(ledger, TRIES_MAX)
    await ledger.close()
    monkeypatch.undo()
    for counted, cut in enumerate(cuts, start=1):
        again = await opened_at(cut / "ledger.db")
        left = await wrong(again, 1)
        assert left == [max(TRIES_MAX - counted - 1, 0)]
        await again.close()


async def test_neither_pin_nor_name_lies_in_the_journal_or_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await note(ledger, 1, PIN)
    await ledger.close()
    with sqlite3.connect(path) as beside:
        kept = beside.execute("SELECT staff, pin, given FROM staff_pins").fetchall()
        bodies = b"".join(row[0] for row in beside.execute("SELECT body FROM entries"))
    beside.close()
    assert [(staff, given) for staff, _, given in kept] == [(LEAD, 1)]
    assert kept[0][1].startswith("a1.")
    assert kept[0][1].encode() not in bodies
    assert PIN.encode() not in path.read_bytes()
