"""What headquarters says is not kept any more: out of the tables and the log, and not back with a copy."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookCard,
    BookDirective,
    BookExpiry,
    BookGrant,
    BookGuest,
    BookJoin,
    BookRecharge,
    BookRightsBack,
    BookService,
    BookTransfer,
    Command,
    Grant,
    Kept,
    Private,
)
from terminal.core.directives import NEVER_MIND, Directed, GivenAway, Lapse, Lapsing
from terminal.core.ledger.lapsing import lapsing
from terminal.core.retention import PARTICULARS
from terminal.core.rights import Want
from terminal.core.services import Written, text_of
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, MemberId, SiteId, StaffId, WalletId
from terminal.core.wire.people import KeyToken, MemberRow
from terminal.store.answers import edit_id, id_ms
from terminal.store.beside import check_beside
from terminal.store.export import export_period
from terminal.store.memory import MemoryLedger
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.facts import AT, CARD, an_id, opens, sale
from tests.store.test_heal import healed

TOLD = (
    ("allergy", "青霉素"),
    ("birthday", "1990-08-30"),
    ("document", "110101199003070011"),
    ("tags", "怕吵"),
)
PHONE = Credential(medium=Medium.PHONE, number="19000000301")
M1, W1, W2 = MemberId("m1"), WalletId("w1"), WalletId("w2")
Booking = tuple[Command, Private | None]

PRIVATE = Private(credentials=(PHONE,), name="王小明", initials="WXM", phone=PHONE.number, told=TOLD)
SERVED = Private(service=text_of(Written(day="2026-11-24", done=("剪发",), by=StaffId("E01"))))
GUEST = BookGuest(id=an_id(3), at=AT, wallet=W2, member=MemberId("m2"), card=CardId("c2"))
BOOKED: list[Booking] = [
    (BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), PRIVATE),
    (BookService(id=an_id(2), at=AT, wallet=W1, commitment="ab" * 32), SERVED),
    (GUEST, Private()),
    (BookCard(id=an_id(5), at=AT, wallet=W2, card=CardId("c3")), Private(credentials=(CARD,))),
    (BookService(id=an_id(4), at=AT, wallet=W2, commitment="ab" * 32), SERVED),
]


async def book(ledger: Any, bookings: Sequence[Booking]) -> None:
    for command, private in bookings:
        await ledger.committer.submit(command, private)


async def lapses(
    ledger: Any, kind: Lapsing, m: int = 1, *wallets: str, upto: str = AT.business_day
) -> BookDirective:
    """As the feed applies it."""
    what = Lapse(kind=kind, upto=upto, wallets=tuple(map(WalletId, wallets or ("w1", "w2"))))
    gone = await ledger.committer.ask(lambda state: lapsing(what, AT.business_day, state))
    directed = Directed(hq_epoch=1, m=m)
    said = BookDirective(
        id=an_id(100 + m), at=AT, directed=directed, directive=what, lapsed=gone.wallets, erased=gone.erased
    )
    await ledger.committer.submit(said)
    return said


async def told_of(ledger: Any) -> list[str]:
    (edit,) = [one for one in await ledger.link.edits(9) if one.wallet == "w1"]
    return [what for what, _ in edit.known.told] if edit.known else []


async def joins_headquarters(ledger: Any) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))


async def services(ledger: Any, member: str) -> int:
    return len(await ledger.books.services_of(MemberId(member), 9))


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        (Lapsing.HEALTH, ["birthday", "document", "tags"]),
        (Lapsing.DOCUMENT, ["allergy", "birthday", "tags"]),
        (Lapsing.NOTES, ["allergy", "birthday", "document"]),
    ],
)
async def test_notes_go_and_headquarters_hears_what_is_left(
    ledger: Any, kind: Lapsing, left: list[str]
) -> None:
    await joins_headquarters(ledger)
    await book(ledger, BOOKED)
    held = [one.id for one in await ledger.link.edits(9)]
    await ledger.link.edits_held(held, 1)
    assert await ledger.link.edits(9) == []
    said = await lapses(ledger, kind)
    assert (said.lapsed, said.erased) == ((W1, W2), ())
    assert await told_of(ledger) == left
    (edit,) = await ledger.link.edits(9)
    assert (edit.id, edit.wallet) == (edit_id(said.id, W1), "w1")
    assert edit.known.name == "王小明"
    await ledger.link.edits_held([edit.id], 1)
    await lapses(ledger, kind, 2)
    assert await ledger.link.edits(9) == []  # There was nothing of it any more.
    assert await services(ledger, "m1") == 1


async def test_of_several_wallets_each_is_told_by_an_id_of_its_own(ledger: Any) -> None:
    one, other = edit_id(an_id(5), W1), edit_id(an_id(5), W2)
    assert len({one, other, an_id(5)}) == 3
    assert id_ms(one) == id_ms(an_id(5))
    assert (one[14], one[19] in "89ab") == ("7", True)
    await joins_headquarters(ledger)
    private = replace(PRIVATE, credentials=(), phone="")
    await book(ledger, [(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), private)])
    await book(ledger, [(BookJoin(id=an_id(2), at=AT, opens=opens(2, member=True)), private)])
    said = await lapses(ledger, Lapsing.MEMBER)
    edits = await ledger.link.edits(9)
    assert {edit.wallet: edit.id for edit in edits} == {w: edit_id(said.id, w) for w in (W1, W2)}
    assert [edit.known for edit in edits] == [None, None]


async def test_a_member_is_forgotten_and_a_visitor_s_card_leads_nowhere(ledger: Any) -> None:
    await joins_headquarters(ledger)
    await book(ledger, BOOKED)
    assert (await ledger.books.holder(CARD)).wallet == "w2"
    said = await lapses(ledger, Lapsing.MEMBER)
    assert (said.lapsed, said.erased) == ((W1, W2), (M1,))
    assert await ledger.books.holder(PHONE) is None
    assert await ledger.books.holder(CARD) is None
    assert (await services(ledger, "m1"), await services(ledger, "m2")) == (0, 0)
    told = await ledger.link.edits(9)  # Of a visitor only their own site knows anything.
    (edit,) = [one for one in told if one.wallet == "w1"]
    assert [one.id for one in told if one.wallet == "w2"] == [an_id(5)]
    assert (edit.id, edit.wallet, edit.known, edit.keys) == (said.id, "w1", None, ())
    # Who is a visitor and comes again is one again.
    again = BookGuest(id=an_id(50), at=AT, wallet=W2, member=MemberId("m2"), card=CardId("c4"))
    await book(ledger, [(again, Private())])
    await book(ledger, [(BookService(id=an_id(51), at=AT, wallet=W2, commitment="ab" * 32), SERVED)])
    assert await services(ledger, "m2") == 1


async def test_what_was_done_goes_by_itself(ledger: Any) -> None:
    await book(ledger, BOOKED)
    await lapses(ledger, Lapsing.SERVICES, 1, "w2")
    assert (await services(ledger, "m1"), await services(ledger, "m2")) == (1, 0)


async def test_they_were_here_when_anything_was_moved_for_them(ledger: Any) -> None:
    """The file and its twin say the same."""
    await book(ledger, BOOKED)

    async def came(wallet: str) -> str:
        day: str = await ledger.committer.ask(lambda state: state.came_last(WalletId(wallet)))
        return day

    assert [await came(one) for one in ("w1", "w2", "far")] == [AT.business_day, AT.business_day, ""]

    def on(day: str) -> Any:
        return replace(AT, business_day=day)

    points = Grant(unit="points:goods", amount=30, until="2026-12-04")
    await book(
        ledger,
        [
            (replace(sale(20, 500, number=1), at=on("2026-12-01"), card=None), None),
            (BookGrant(id=an_id(21), at=on("2026-12-02"), wallet=W2, why="x", grants=(points,)), None),
        ],
    )
    assert [await came(one) for one in ("w1", "w2")] == ["2026-12-01", "2026-12-02"]
    back = Want(account="wallet:w2:points:goods", amount=10)
    await book(
        ledger,
        [
            (BookRightsBack(id=an_id(22), at=on("2026-12-03"), wants=(back,)), None),
            (BookExpiry(id=an_id(23), at=on("2026-12-09"), wallet=W2, unit="points:goods"), None),
        ],
    )
    assert (await came("w2"), await ledger.committer.ask(lambda state: state.holdings(W2))) == (
        "2026-12-02",
        [],
    )
    money = BookRecharge(
        id=an_id(24), at=on("2026-12-10"), wallet=W2, card=None, principal=5, bonus=0, received=5
    )
    await book(ledger, [(money, None)])
    assert await came("w2") == "2026-12-10"


GIVEN_MS, THE_DAY = 1_798_675_200_000, "2026-12-31"


async def came_last(ledger: Any, wallet: str) -> str:
    day: str = await ledger.committer.ask(lambda state: state.came_last(WalletId(wallet)))
    return day


async def lapsed_by(ledger: Any, upto: str) -> tuple[WalletId, ...]:
    what = Lapse(kind=Lapsing.MEMBER, upto=upto, wallets=(W1, W2))
    return (await ledger.committer.ask(lambda state: lapsing(what, THE_DAY, state))).wallets


async def test_whoever_was_given_a_wallet_came_then(ledger: Any) -> None:
    """Here, or at another site."""
    await book(ledger, BOOKED)
    given = EntryId(str(UUID(int=GIVEN_MS << 80 | 7 << 76 | 2 << 62 | 1)))
    fields = {"card": None, "to": MemberId("m8"), "commitment": "", "terms": "1"}
    await book(ledger, [(BookTransfer(id=given, at=AT, wallet=W1, **fields), Private(name="李"))])
    assert [await came_last(ledger, one) for one in ("w1", "w2")] == [THE_DAY, AT.business_day]
    assert await lapsed_by(ledger, "2026-12-30") == (W2,)
    assert await lapsed_by(ledger, THE_DAY) == (W1, W2)
    elsewhere = GivenAway(wallet=W2, member=MemberId("m9"), since=GIVEN_MS, cards=())
    directed = Directed(hq_epoch=1, m=1)
    await book(ledger, [(BookDirective(id=an_id(70), at=AT, directed=directed, directive=elsewhere), None)])
    assert await came_last(ledger, "w2") == THE_DAY
    assert await lapsed_by(ledger, "2026-12-30") == ()
    later = replace(sale(20, 500, number=1), at=replace(AT, business_day="2027-01-01"), card=None)
    await book(ledger, [(later, None)])
    assert await came_last(ledger, "w1") == "2027-01-01"


async def test_who_was_asked_for_by_themselves_is_forgotten_alone(ledger: Any) -> None:
    for wallet in ("w1", "w2"):
        await ledger.sets.keep_asked(
            MemberRow(wallet=WalletId(wallet), keys=(KeyToken(token=wallet[1] * 64),))
        )
    await ledger.sets.forget_asked([WalletId("w1"), WalletId("far")])
    assert await ledger.sets.by_token("", "1" * 64) is None
    found = await ledger.sets.by_token("", "2" * 64)
    assert found is not None
    assert found.wallet == "w2"


@pytest.mark.parametrize("kinds", [[one] for one in Lapsing] + [[*Lapsing]])
async def test_a_disk_of_before_does_not_bring_it_back(ledger: Any, kinds: list[Lapsing]) -> None:
    """An older copy of the ledger, a backup of it or a clone: headquarters has more of the chain."""
    chain = MemoryLedger(SiteId("S1"))
    await book(chain, BOOKED)
    for m, kind in enumerate(kinds, 1):
        await lapses(chain, kind, m)
    await book(ledger, BOOKED)
    later = BookService(id=an_id(60), at=AT, wallet=WalletId("w2"), commitment="cd" * 32)
    await book(ledger, [(later, SERVED)])
    await healed(ledger, chain)
    done = {Lapsing.SERVICES, Lapsing.MEMBER} & {*kinds}
    assert await services(ledger, "m1") == (0 if done else 1)
    assert await services(ledger, "m2") == (1 if done else 2)  # What only this disk knew was after it.
    found = await ledger.books.found("王")
    assert len(found) == (0 if Lapsing.MEMBER in kinds else 1)
    assert (await ledger.books.holder(CARD) is None) == (Lapsing.MEMBER in kinds)
    if Lapsing.MEMBER not in kinds:
        gone = {what for kind in kinds for what in PARTICULARS.get(kind, ())}
        kept = await kept_of(ledger)
        assert kept is not None
        assert kept.private.told == tuple(one for one in TOLD if one[0] not in gone)


async def kept_of(ledger: Any) -> Kept | None:
    found: Kept | None
    if isinstance(ledger, MemoryLedger):
        found = await ledger.kept_of(M1)
    else:
        found = await ledger.people.by(M1)
    return found


# Of the file alone


def everything(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(folder.iterdir()) if one.suffix != ".lock")


def sealed_in(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as run:
        return [
            row[0] for row in run.execute("SELECT sealed FROM profiles UNION SELECT sealed FROM services")
        ]


async def test_what_lapsed_is_in_no_file_and_in_no_log(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await book(ledger, BOOKED)
    before = sealed_in(path)
    assert len(before) == 3
    assert all(one in everything(tmp_path) for one in before)
    await lapses(ledger, Lapsing.NOTES)
    await lapses(ledger, Lapsing.SERVICES, 2)
    assert await ledger.committer.do(lambda shelf: shelf.unpurged)
    await ledger.committer.exchange(lambda shelf: shelf.purge())
    assert not await ledger.committer.do(lambda shelf: shelf.unpurged)
    assert not any(one in everything(tmp_path) for one in before)
    await ledger.close()
    with closing(sqlite3.connect(path)) as run:
        assert verified(run).entries == len(BOOKED) + 2
        check_beside(run)


@pytest.mark.parametrize("why", ["asked", "retention"])
@pytest.mark.parametrize("kind", [Lapsing.MEMBER, Lapsing.NOTES])
async def test_who_was_forgotten_stands_in_what_is_exported(tmp_path: Path, kind: Lapsing, why: str) -> None:
    path, target = tmp_path / "data" / "ledger.db", tmp_path / "out.csv"
    ledger = await opened_at(path)
    await book(ledger, BOOKED)
    await lapses(ledger, kind, upto=NEVER_MIND if why == "asked" else AT.business_day)
    await ledger.close()
    rows = 2 if kind is Lapsing.MEMBER else 0
    assert export_period(path, AT.business_day, AT.business_day, target) == rows
    with target.open(encoding="utf-8-sig", newline="") as file:
        found = [(row["kind"], row["wallet"], row["amount"]) for row in csv.DictReader(file)]
    assert found == [(f"erasure:{why}", wallet, "") for wallet in ("w1", "w2")][:rows]
