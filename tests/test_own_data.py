"""`terminal member`: what somebody may ask about what the shop keeps of them."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.__main__ import main
from terminal.core.canonical import decoded
from terminal.core.commands import (
    BookConsent,
    BookErasure,
    BookJoin,
    BookLegalHold,
    BookProfile,
    BookService,
    Consent,
    ErasureReason,
    Private,
)
from terminal.core.policy import Policy
from terminal.core.services import Written, text_of
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, MemberId, StaffId, WalletId
from terminal.maintenance.socket import Answering
from terminal.own_data import Answer, OwnData, copied
from terminal.store.answers import id_ms
from terminal.store.ledger import Ledger
from tests.counter_config import COUNTER
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens, recharge, sale, transfer

PHONE = "19000000301"
Capture = pytest.CaptureFixture[str]


class Shop:
    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder, self.ledger = folder, ledger
        self.config = folder / "terminal.toml"
        self.config.write_text(COUNTER)
        self._ids: Iterator[int] = count(100)
        self.says(Policy(consent_version="7"))

    def says(self, policy: Policy) -> None:
        ledger = self.ledger
        self.data = OwnData(
            ledger.people, ledger.committer, policy, lambda: an_id(next(self._ids)), lambda: AT
        )

    async def answer(self, said: Sequence[str]) -> Answer:
        return await self.data.answer(said)

    async def typed(self, *words: str) -> int:
        return await asyncio.to_thread(main, ["member", *words, "--config", str(self.config)])

    async def holder(self, number: str) -> Any:
        return await self.ledger.books.holder(Credential(medium=Medium.PHONE, number=number))

    async def entries(self) -> int:
        return (await self.ledger.outbox.head())[0]

    async def last(self) -> Any:
        link = (await self.ledger.outbox.after(await self.entries() - 1, 1))[0]
        return decoded(link.body).payload


def ledger_path(folder: Path) -> Path:
    """As the configuration says."""
    return folder / "data" / "ledger.db"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncGenerator[Shop, None]:
    ledger_path(tmp_path).parent.mkdir()
    ledger: Any = await opened_at(ledger_path(tmp_path))
    shop = Shop(tmp_path, ledger)
    begins = replace(
        opens(1, member=True),
        consents=tuple(Consent(purpose=one, version="6", given=True) for one in ("health", "marketing")),
    )
    private = Private(
        credentials=(Credential(medium=Medium.PHONE, number=PHONE),),
        name="王小明",
        phone=PHONE,
        initials="wxm",
        told=(("birthday", "1990-08-30"), ("allergy", "青霉素")),
        salt="00" * 16,
    )
    await ledger.committer.submit(BookJoin(id=an_id(1), at=AT, opens=begins), private)
    answering = Answering(tmp_path / "t.sock", {"member": shop.answer})
    task = asyncio.create_task(answering.run())
    await answering.listens.wait()
    yield shop
    task.cancel()
    await asyncio.wait([task])
    await ledger.close()


async def test_all_that_is_kept_is_shown_with_when_and_to_which_words_they_agreed(
    shop: Shop, capsys: Capture
) -> None:
    assert await shop.typed("show", PHONE) == 0
    assert capsys.readouterr().out.splitlines() == [
        "member   id: m1",
        f"member   phone: {PHONE}",
        "member   name: 王小明",
        "member   birthday: 1990-08-30",
        "member   allergy: 青霉素",
        "consent  health: yes, words 6, 2026-11-18 19:06:40",
        "consent  marketing: yes, words 6, 2026-11-18 19:06:40",
        "wallet   w1: regular",
    ]
    written = Written(day="2026-11-24", done=("剪发", "染发"), by=StaffId("E01"), used=("染膏 40g",))
    served = BookService(id=an_id(9), at=AT, wallet=WalletId("w1"), commitment="ab")
    await shop.ledger.committer.submit(served, Private(service=text_of(written), remark="敏感"))
    await shop.ledger.committer.submit(replace(served, id=an_id(10)), Private(service=text_of(written)))
    assert await shop.typed("show", PHONE) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "service  2026-11-24: 剪发; 染发; E01; 染膏 40g",
        "service  2026-11-24: 剪发; 染发; E01; 染膏 40g; 敏感",
    ]
    assert await shop.typed("show", "m1") == 0
    assert await shop.typed("show", "19000000399") == 1
    assert "nobody is known" in capsys.readouterr().err


async def test_it_is_corrected_and_found_by_what_it_is_now(shop: Shop, capsys: Capture) -> None:
    assert await shop.typed("correct", PHONE, "name=李四", "phone=190 0000 0302", "birthday=") == 0
    out = capsys.readouterr().out
    assert "name: 李四" in out
    assert "birthday" not in out
    assert await shop.holder(PHONE) is None
    assert (await shop.holder("19000000302")).name_shown == "李*"
    assert [one.wallet for one in await shop.ledger.books.found("ls")] == ["w1"]
    assert isinstance(await shop.last(), BookProfile)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["name=" + "x" * 200], "name: no name of at most 40 characters"),
        (["phone="], "phone: no mobile number"),
        (["tier=gold"], "not of what a member says"), (["card=1234"], "not of what a member says"),
        (["name==1+1"], "name: a formula"), (["name=王小明"], "kept already"),
        (["=x"], "not of what a member"),
    ],
)  # fmt: skip
async def test_what_cannot_be_corrected_so_says_why_and_changes_nothing(
    shop: Shop, capsys: Capture, words: list[str], why: str
) -> None:
    before = await shop.entries()
    assert await shop.typed("correct", PHONE, *words) == 1
    assert why in capsys.readouterr().err
    assert await shop.entries() == before


async def test_nobody_takes_another_member_s_phone(shop: Shop, capsys: Capture) -> None:
    other = Private(credentials=(Credential(medium=Medium.PHONE, number="19000000302"),), phone="19000000302")
    join = BookJoin(id=an_id(2), at=AT, opens=opens(2, member=True))
    await shop.ledger.committer.submit(join, other)
    assert await shop.typed("correct", PHONE, "phone=19000000302") == 1
    assert "somebody has that card or phone" in capsys.readouterr().err
    assert (await shop.holder(PHONE)).wallet == "w1"


async def test_each_purpose_is_answered_apart_and_journalled_with_its_words(
    shop: Shop, capsys: Capture
) -> None:
    assert await shop.typed("consent", PHONE, "marketing", "no") == 0
    out = capsys.readouterr().out
    assert "marketing: no, words 7" in out
    assert "health: yes, words 6" in out
    said = await shop.last()
    assert isinstance(said, BookConsent)
    assert (said.purpose, said.version, said.given) == ("marketing", "7", False)
    assert await shop.typed("consent", PHONE, "everything", "yes") == 1
    assert await shop.typed("consent", PHONE, "marketing", "perhaps") == 1


async def test_who_takes_back_what_they_said_of_health_has_it_taken_out(shop: Shop, capsys: Capture) -> None:
    assert await shop.typed("consent", PHONE, "health", "no") == 0
    assert "allergy" not in capsys.readouterr().out
    assert await shop.typed("correct", PHONE, "skin=干") == 1
    assert "health is kept only of who agreed" in capsys.readouterr().err
    assert await shop.typed("consent", PHONE, "health", "yes") == 0
    assert await shop.typed("correct", PHONE, "skin=干") == 0


async def test_they_take_all_of_it_along_in_a_file_that_overwrites_none(shop: Shop, capsys: Capture) -> None:
    await shop.ledger.committer.submit(replace(recharge(5), card=None))
    await shop.ledger.committer.submit(replace(sale(6, 1200, number=1, stored=1200), card=None))
    file = shop.folder / "mine.csv"
    assert await shop.typed("copy", PHONE, str(file)) == 0
    assert "for them alone" in capsys.readouterr().out
    assert file.stat().st_mode & 0o077 == 0
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    assert ["member", "name", "王小明"] in rows
    assert ["holds", "principal", "8800"] in rows
    assert [row[4] for row in rows if len(row) > 10][:4] == ["kind", "recharge", "sale"]
    assert await shop.typed("copy", PHONE, str(file)) == 1
    assert "no file was written" in capsys.readouterr().err


async def test_at_the_counter_the_same_file_is_written(shop: Shop, tmp_path: Path) -> None:
    await shop.ledger.committer.submit(replace(recharge(5), card=None))
    kept = await shop.ledger.people.by(MemberId("m1"))
    assert kept is not None
    await asyncio.to_thread(copied, kept, ledger_path(tmp_path), tmp_path / "counter.csv")
    assert await shop.typed("copy", PHONE, str(tmp_path / "console.csv")) == 0
    assert (tmp_path / "counter.csv").read_bytes() == (tmp_path / "console.csv").read_bytes()
    assert (tmp_path / "counter.csv").stat().st_mode & 0o777 == 0o600


HEIR = Private(
    credentials=(Credential(medium=Medium.PHONE, number="19000000309"),),
    name="韩梅",
    phone="19000000309",
    salt="00" * 16,
)


def later(command: Any, after_ms: int) -> Any:
    """Made so long after all others."""
    ms = f"{id_ms(an_id(1)) + after_ms:012x}"
    return replace(command, id=EntryId(f"{ms[:8]}-{ms[8:]}-7000-8000-{after_ms:012x}"))


async def booked_kinds(shop: Shop, whose: str, name: str) -> list[str]:
    """Of the rows of statements in the file that they get."""
    assert await shop.typed("copy", whose, str(shop.folder / name)) == 0
    with (shop.folder / name).open(encoding="utf-8-sig", newline="") as opened:
        return [row[4] for row in csv.reader(opened) if len(row) > 10]


async def test_each_of_two_holders_takes_along_what_was_booked_while_it_was_theirs(shop: Shop) -> None:
    submit = shop.ledger.committer.submit
    await submit(replace(recharge(5), card=None))
    gives = later(replace(transfer(7), to=MemberId("m9")), 1)
    await submit(gives, HEIR)
    assert await booked_kinds(shop, HEIR.phone, "nothing.csv") == ["kind"]
    await submit(later(replace(sale(8, 100, number=1, stored=100), card=None), 2))
    assert set(await booked_kinds(shop, HEIR.phone, "new.csv")) == {"kind", "sale"}
    assert set(await booked_kinds(shop, PHONE, "former.csv")) == {"kind", "recharge"}


async def test_whoever_gave_their_card_away_is_known_while_the_law_says(shop: Shop, capsys: Capture) -> None:
    submit = shop.ledger.committer.submit
    await submit(replace(recharge(5), card=None))
    await submit(replace(sale(6, 10000, number=1, stored=10000), card=None))
    await submit(later(replace(transfer(7), to=MemberId("m9")), 1), HEIR)
    assert await shop.typed("forget", PHONE, "asked") == 1
    assert "records are kept until 2031-11-25" in capsys.readouterr().err
    assert await shop.ledger.people.by(MemberId("m1")) is not None
    shop.says(Policy(records_days=0))
    assert await shop.typed("hold", "m1", "lifted") == 0
    assert await shop.typed("forget", "m1", "asked") == 0
    assert await shop.ledger.people.by(MemberId("m1")) is None


async def test_they_are_forgotten_once_nothing_is_in_the_way_and_told_what_is(
    shop: Shop, capsys: Capture
) -> None:
    shop.says(Policy(records_days=0))
    await shop.ledger.committer.submit(replace(recharge(5), card=None))
    assert await shop.typed("forget", PHONE, "asked") == 1
    assert "value is left (principal 10000)" in capsys.readouterr().err
    (wish,) = await shop.ledger.wishes.waiting("", 9)
    assert (wish.member, wish.why) == ("m1", ErasureReason.ASKED)
    await shop.ledger.committer.submit(replace(sale(6, 10000, number=1, stored=10000), card=None))
    assert await shop.typed("hold", PHONE, "2026-12-31", "a", "dispute") == 0
    assert "kept until: 2026-12-31" in capsys.readouterr().out
    assert isinstance(await shop.last(), BookLegalHold)
    assert await shop.typed("forget", PHONE, "asked") == 1
    assert "records are kept until 2026-12-31" in capsys.readouterr().err
    assert await shop.typed("hold", PHONE, "lifted") == 0
    capsys.readouterr()
    assert await shop.typed("forget", PHONE, "asked") == 0
    assert capsys.readouterr().out == "forgotten\n"
    gone = await shop.last()
    assert isinstance(gone, BookErasure)
    assert gone.why is ErasureReason.ASKED
    assert await shop.holder(PHONE) is None
    assert await shop.typed("show", "m1") == 1


@pytest.mark.parametrize("holds", [0, 100])
async def test_in_a_chain_the_wish_is_an_entry_and_headquarters_sees_to_it(
    shop: Shop, capsys: Capture, holds: int
) -> None:
    shop.says(Policy(records_days=0))
    await shop.ledger.link.stands(replace(shop.ledger.link.standing(), hq_epoch=1))
    if holds:
        await shop.ledger.committer.submit(replace(recharge(5, principal=holds), card=None))
    assert await shop.typed("forget", PHONE, "withdrawn") == 1
    said = capsys.readouterr().err
    assert "noted, and done by headquarters once nothing is left at any site" in said
    assert ("principal 100" in said, "()" in said) == (bool(holds), False)
    asked = await shop.last()
    assert isinstance(asked, BookErasure)
    assert (asked.waits, asked.why) == (True, ErasureReason.WITHDRAWN)
    (wish,) = await shop.ledger.wishes.waiting("", 9)
    assert (wish.member, wish.told) == ("m1", True)
    assert await shop.holder(PHONE) is not None


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ((), 2, "forget WHO asked|withdrawn|mistake"),
        (("asked", "mistake"), 2, "forget WHO asked|withdrawn|mistake"),
        (("retention",), 1, "say why: asked, withdrawn, mistake"),
        (("because",), 1, "say why: asked, withdrawn, mistake"),
    ],
)
async def test_nobody_is_forgotten_for_no_reason_or_for_one_of_their_own(
    shop: Shop, capsys: Capture, words: tuple[str, ...], code: int, why: str
) -> None:
    before = await shop.entries()
    assert await shop.typed("forget", PHONE, *words) == code
    assert why in capsys.readouterr().err
    assert await shop.entries() == before


async def test_who_paid_for_value_is_known_for_as_long_as_the_law_says_and_told_until_when(
    shop: Shop, capsys: Capture
) -> None:
    await shop.ledger.committer.submit(replace(recharge(5, principal=100), card=None))
    await shop.ledger.committer.submit(replace(sale(6, 100, number=1, stored=100), card=None))
    assert await shop.typed("forget", PHONE, "asked") == 1
    assert "records are kept until 2031-09-22" in capsys.readouterr().err
    before = await shop.entries()
    assert await shop.typed("forget", PHONE, "asked") == 1
    assert await shop.entries() == before, "as long is said already"
    assert [one.member for one in await shop.ledger.wishes.waiting("", 9)] == ["m1"]


@pytest.mark.parametrize(
    "words",
    [
        ["show", PHONE, "more"], ["copy", PHONE], ["correct", PHONE], ["consent", PHONE, "marketing"],
        ["hold", PHONE, "2026-02-30", "why"], ["hold", PHONE, "2026-12-31"], ["hold", PHONE, "soon", "why"],
    ],
)  # fmt: skip
async def test_what_is_no_command_says_how_it_is_spelt(shop: Shop, capsys: Capture, words: list[str]) -> None:
    assert await shop.typed(*words) == 2
    assert f"terminal member {words[0]} WHO" in capsys.readouterr().err


async def test_nothing_is_answered_where_nobody_runs(tmp_path: Path, capsys: Capture) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER)
    assert await asyncio.to_thread(main, ["member", "show", PHONE, "--config", str(config)]) == 1
    assert "the terminal must run" in capsys.readouterr().err
