"""`terminal members import`, as an owner types it: good rows become members, others are told of and why."""

from __future__ import annotations

import asyncio
import csv
import sqlite3
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from openpyxl import Workbook

from terminal import known_time, members
from terminal.__main__ import main
from terminal.core.accounts import TIER_UNIT
from terminal.core.commands import BookMerge, BookNote, ClockTrust, Grant
from terminal.core.errors import LedgerClosed
from terminal.core.policy import PackCoupon, Policy
from terminal.core.pricing import Tariff
from terminal.core.pricing.rules.tier_price import TierPrice
from terminal.core.register import Entered
from terminal.core.tier_held import tier_stands
from terminal.core.tier_names import TierShown
from terminal.core.tiers import Tiers, TierStep
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId
from terminal.maintenance.facts import ClockFacts, Facts
from terminal.maintenance.socket import Answering
from terminal.members import Came, Page, booked
from terminal.store.intake import Coming, Met
from terminal.store.ledger import Ledger
from terminal.tier_tables import TiersHere
from tests.counter_config import COUNTER
from tests.maintenance.test_doctor import WELL
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id
from tests.test_handhelds import At

HEAD = "手机号,姓名,生日,等级\r\n"
WANG, LI = "19000000301,王小明,1990-08-30,gold\r\n", "19000000302,李四,,\r\n"
POLICY = Policy(join_pack=(PackCoupon(kind="c3", face=300, threshold=0, count=2),))
DIAMOND = {"diamond": TierShown(zh="钻石会员", en="Diamond")}
Capture = pytest.CaptureFixture[str]


def at(wall_ms: int, trust: ClockTrust, *, believed_ms: int | None = None) -> Facts:
    clock = ClockFacts(wall_ms=wall_ms, trust=trust, synchronised=None)
    return replace(WELL, clock=clock, ledger=replace(WELL.ledger, believed_ms=believed_ms))


class Shop:
    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder, self.ledger = folder, ledger
        self.config = folder / "terminal.toml"
        self.config.write_text(COUNTER)
        self._ids: Iterator[int] = count(1)
        self.parts: list[int] = []
        self.fails_at = 0
        self.chain: tuple[str, ...] = ()
        self.calls: dict[str, TierShown] = {}
        self.told = at(time.time_ns() // 1_000_000, ClockTrust.NETWORK)

    async def answer(self, said: Sequence[str]) -> Came:
        part = members._rows.decode(await asyncio.to_thread(members._read, Path(said[0])))
        self.parts.append(len(part))
        if len(self.parts) == self.fails_at:
            return Came(why="the ledger is closed")
        return await booked(part, self.ledger.intake, POLICY, lambda: EntryId(an_id(next(self._ids))), AT)

    async def typed(self, name: str, *options: str) -> int:
        return await self.asks("import", name, *options)

    async def asks(self, what: str, name: str, *options: str) -> int:
        words = ["members", what, str(self.folder / name), *options, "--config", str(self.config)]
        return await asyncio.to_thread(main, words)

    async def page(self, said: Sequence[str]) -> Page:
        note = BookNote(id=EntryId(an_id(500 + next(self._ids))), at=AT, what=members.EXPORTED)
        return await members.page_after(said[0], self.ledger.people, self.ledger.committer, note)

    async def tiers(self, _said: Sequence[str]) -> TiersHere:
        return TiersHere(names=self.chain, shown=self.calls)

    async def facts(self, _said: Sequence[str]) -> Facts:
        return self.told

    async def take(self, text: str | bytes, *options: str) -> int:
        (self.folder / "in.csv").write_bytes(text.encode() if isinstance(text, str) else text)
        return await self.typed("in.csv", *options)

    async def name_of(self, number: str, medium: Medium = Medium.PHONE) -> str | None:
        holder = await self.ledger.books.holder(Credential(medium=medium, number=number))
        return holder.name_shown if holder else None

    async def tier_of(self, phone: str) -> str:
        holder = await self.ledger.books.holder(Credential(medium=Medium.PHONE, number=phone))
        return holder.tier if holder else "nobody"

    async def entries(self) -> int:
        return (await self.ledger.outbox.head())[0]


@pytest.fixture
async def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Shop, None]:
    monkeypatch.setattr(members, "bound_memory", lambda: None)
    monkeypatch.setattr(known_time, "SystemClock", lambda: At(trust=ClockTrust.NETWORK))
    ledger: Any = await opened_at(tmp_path / "ledger.db")
    shop = Shop(tmp_path, ledger)
    answers = {
        "members": shop.answer,
        "members-after": shop.page,
        "members-tiers": shop.tiers,
        "doctor": shop.facts,
    }
    answering = Answering(tmp_path / "t.sock", answers)
    task = asyncio.create_task(answering.run())
    await answering.listens.wait()
    yield shop
    task.cancel()
    await asyncio.wait([task])
    await ledger.close()


async def test_dates_are_judged_by_what_is_past_for_sure_where_the_clock_is_not_believed(
    shop: Shop, capsys: Capture
) -> None:
    """Behind, it would refuse everybody's birthday; who was born since is refused, and told of."""
    shop.told = at(0, ClockTrust.UNKNOWN, believed_ms=AT.wall_ms)
    assert await shop.take(HEAD + WANG, "--dry-run") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("the clock is not believed: dates are judged by 2026-")
    assert said[-1] == "1 new members, 0 known already, 0 refused; nothing was booked"
    assert await shop.take(HEAD + WANG.replace("1990", "2090")) == 1
    assert await shop.entries() == 0


async def test_where_no_time_was_ever_believed_nothing_is_imported_unless_somebody_vouches_for_it(
    shop: Shop, capsys: Capture
) -> None:
    shop.told = at(AT.wall_ms, ClockTrust.UNKNOWN)
    assert await shop.take(HEAD + WANG) == 1
    assert "the clock is not believed; it says 2026-" in capsys.readouterr().err
    assert await shop.entries() == 0
    assert await shop.take(HEAD + WANG, "--clock-is-right") == 0
    assert await shop.name_of("19000000301") is not None


async def test_a_tier_that_is_reached_by_what_counts_comes_with_what_it_asks_for() -> None:
    """Else it fell when its member came first."""
    tiers = Tiers(steps=(TierStep(tier="silver", reach=100), TierStep(tier="gold", reach=500)), base="card")
    taken: list[Coming] = []

    class Taking:
        async def take(self, coming: Sequence[Coming]) -> list[Met]:
            taken.extend(coming)
            return [Met.NEW for _ in coming]

    rows = [
        Entered(row=at, phone=f"1900000030{at}", tier=tier)
        for at, tier in enumerate(("gold", "vip", "card", ""))
    ]
    ids = (EntryId(an_id(at)) for at in count(1))
    await booked(rows, Taking(), Policy(tiers=tiers), lambda: next(ids), AT)
    assert [one.tier.tier if one.tier else "" for one in taken] == ["gold", "vip", "", ""]
    given = [one.counts.grants for one in taken if one.counts]
    assert given == [(Grant(unit=TIER_UNIT, amount=500, until="2027-11-23"),)]
    assert taken[0].counts
    assert taken[0].counts.wallet == taken[0].join.opens.wallet


async def test_a_ladders_tier_stays_when_its_member_comes_first(shop: Shop) -> None:
    tiers = Tiers(steps=(TierStep(tier="gold", reach=500),))
    ids = (EntryId(an_id(at)) for at in count(900))
    row = Entered(row=2, phone="19000000307", tier="gold")
    await booked([row], shop.ledger.intake, Policy(tiers=tiers), lambda: next(ids), AT)
    holder = await shop.ledger.books.holder(Credential(medium=Medium.PHONE, number="19000000307"))
    assert holder is not None
    stands = await shop.ledger.committer.ask(
        lambda state: tier_stands(state, wallet=holder.wallet, business_day=AT.business_day)
    )
    assert stands is not None
    assert (holder.tier, stands.counted) == ("gold", 500)
    assert tiers.after(stands.tier, stands.counted, falls=True) == "gold"


def leftovers(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir() if "members-" in one.name]


async def test_good_rows_are_members_and_refused_ones_are_told_of(shop: Shop, capsys: Capture) -> None:
    bad = (
        "19000000303,=1+1,,\r\n123,赵六,,\r\n19000000304,"
        + "x" * 200
        + ",,\r\n19000000305,孙七,1990-02-30,\r\n"
    )
    assert await shop.take(HEAD + WANG + LI + bad) == 1
    assert capsys.readouterr().out.splitlines() == [
        "row 4, name: a formula; paste its value in its place",
        "row 5, phone: no mobile number of 11 digits; write the number alone, as text",
        "row 6, name: no name of at most 40 characters; write it as the member does",
        (
            "row 7, birthday: no day of anybody's birth; as 1990-08-30, a lunar one as moon:1990-08-30, "
            "in a leap month leap:1990-05-30"
        ),
        "2 new members, 0 known already, 4 refused",
    ]
    wang = await shop.ledger.books.holder(Credential(medium=Medium.PHONE, number="19000000301"))
    assert wang is not None
    assert (wang.name_shown, wang.tier, wang.coupons) == ("王**", "gold", 0)
    assert [one.name_shown for one in await shop.ledger.books.found("ls")] == ["李*"]
    assert not leftovers(shop.folder)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
async def test_a_table_comes_as_shops_save_it(shop: Shop, encoding: str) -> None:
    assert await shop.take((HEAD + WANG + LI).encode(encoding)) == 0
    assert await shop.name_of("19000000302") == "李*"


async def test_a_workbook_does_too_and_its_formulas_are_no_names(shop: Shop, capsys: Capture) -> None:
    book = Workbook()
    for row in (["手机号", "姓名"], [19000000301, "王小明"], ["19000000302", "=A1"]):
        book.active.append(row)
    book.save(shop.folder / "in.xlsx")
    assert await shop.typed("in.xlsx") == 1
    assert "row 3, name: a formula" in capsys.readouterr().out
    assert await shop.name_of("19000000301") == "王**"
    assert await shop.name_of("19000000302") is None


async def test_what_is_true_or_a_fault_in_a_workbook_is_an_answer_or_refused_and_nobodys_name(
    shop: Shop, capsys: Capture
) -> None:
    book = Workbook()
    rows = (
        ["手机号", "姓名", "同意推广"],
        [19000000301, "王小明", True],
        [19000000302, True, None],
        [19000000303, "#N/A", None],
        [19000000304, "赵六", False],
        [19000000305, "孙七", "#REF!"],
    )
    for row in rows:
        book.active.append(row)
    assert [book.active.cell(4, 2).data_type, book.active.cell(3, 2).data_type] == ["e", "b"]
    book.save(shop.folder / "in.xlsx")
    assert await shop.typed("in.xlsx") == 1
    assert capsys.readouterr().out.splitlines() == [
        "row 3, name: true or false, where neither says anything; type what belongs there",
        "row 4, name: the fault of a formula; type what belongs there, or leave it empty",
        "row 6, marketing: the fault of a formula; type what belongs there, or leave it empty",
        "2 new members, 0 known already, 3 refused",
    ]
    assert await shop.name_of("19000000301") == "王**"
    assert await shop.name_of("19000000302") is None


async def test_the_same_again_makes_nobody_twice(shop: Shop, capsys: Capture) -> None:
    assert await shop.take(HEAD + WANG + LI) == 0
    before = await shop.entries()
    capsys.readouterr()
    assert await shop.take(HEAD + WANG + LI) == 0
    assert capsys.readouterr().out == "0 new members, 2 known already, 0 refused\n"
    assert await shop.entries() == before


async def test_whoever_has_the_phone_already_stays_as_they_are(shop: Shop, capsys: Capture) -> None:
    assert await shop.take(HEAD + WANG + "19000000301,王大明,,\r\n19000000301,,,\r\n") == 1
    out = capsys.readouterr().out
    assert "row 3, phone: a member has this phone, and what is known of them differs" in out
    assert "1 new members, 1 known already, 1 refused" in out
    assert "王" not in out
    assert [one.name_shown for one in await shop.ledger.books.found("王")] == ["王**"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("gold,是,", "1 known already, 0 refused"), (",,", "1 known already, 0 refused"),
        ("gold,,", "1 known already, 0 refused"), (",是,", "1 known already, 0 refused"),
        ("gold,否,", "row 2, phone: a member has this phone, and said yes or no otherwise"),
        (",是,否", "row 2, phone: a member has this phone, and said yes or no otherwise"),
        ("silver,是,", "row 2, tier: a member has this phone, and another tier"),
        ("regular,,", "row 2, tier: a member has this phone, and another tier"),
        ("silver,否,", "row 2, tier: a member has this phone, and another tier"),
    ],
)  # fmt: skip
async def test_a_row_with_another_tier_or_another_answer_is_refused_and_named(
    shop: Shop, capsys: Capture, row: str, said: str
) -> None:
    head = "phone,tier,marketing,partners\r\n"
    assert await shop.take(f"{head}19000000301,gold,是,\r\n") == 0
    capsys.readouterr()
    before = await shop.entries()
    assert await shop.take(f"{head}19000000301,{row}\r\n") == ("0 refused" not in said)
    out = capsys.readouterr().out
    assert said in out
    assert "refused" in out
    assert await shop.entries() == before


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
async def test_a_tier_that_nobody_knows_is_refused_also_before_anything_is_booked(
    shop: Shop, capsys: Capture, more: tuple[str, ...]
) -> None:
    assert await shop.take("phone,tier\r\n19000000301,glod\r\n19000000302,gold\r\n", *more) == 1
    out = capsys.readouterr().out
    there = "regular (普通), silver (银卡, 銀卡), gold (金卡), VIP (贵宾, 貴賓)"
    assert f"row 2, tier: no tier of this shop; write one of {there}\n" in out
    assert "1 new members, 0 known already, 1 refused" in out
    assert await shop.name_of("19000000301") is None


async def test_the_ladders_tiers_and_headquarters_are_known(shop: Shop, capsys: Capture) -> None:
    shop.config.write_text(
        COUNTER + '\n[policy.tiers]\nbase = "铜"\nsteps = [{ tier = "银", reach = 100 }]\n'
    )
    shop.chain = ("铜", "银", "白金")
    rows = "phone,tier\r\n19000000301,银\r\n19000000302,白金\r\n19000000303,gold\r\n"
    assert await shop.take(rows, "--dry-run") == 1
    assert capsys.readouterr().out.splitlines() == [
        "row 4, tier: no tier of this shop; write one of 铜, 银, regular (普通), 白金",
        "2 new members, 0 known already, 1 refused; nothing was booked",
    ]


async def test_the_running_terminal_says_what_its_rules_name_and_headquarters_publishes(shop: Shop) -> None:
    class Offering:
        class offer:  # noqa: N801  as the counter has it
            tariff = Tariff([TierPrice(id="b", name="b", pay={"staff": {"goods": 90}})])

        tier_names = DIAMOND

    ledger: Any = shop.ledger
    counter: Any = Offering
    here = await members.tiers_here(counter, ledger, Policy())
    names = ("regular", "silver", "gold", "VIP", "staff", "diamond")
    assert here == TiersHere(names=names, shown=DIAMOND)


NAMED = f"""{COUNTER}
[policy.tiers]
steps = [{{ tier = "gold", reach = 100 }}, {{ tier = "diamond", reach = 500 }}]
shown.diamond = {{ zh = "钻石会员", en = "Diamond Card" }}
"""


async def test_a_tier_is_brought_by_any_of_its_names_and_taken_along_by_that_of_the_language(
    shop: Shop, capsys: Capture
) -> None:
    shop.config.write_text(NAMED)
    said = ("diamond", "钻石会员", "鑽石會員", "Diamond Card", "金卡", "gold", "普通")
    rows = "".join(f"1900000030{at},{tier}\r\n" for at, tier in enumerate(said))
    assert await shop.take(f"phone,tier\r\n{rows}") == 0
    tiers = ["diamond"] * 4 + ["gold"] * 2 + ["regular"]
    assert [await shop.tier_of(f"1900000030{at}") for at in range(len(said))] == tiers
    assert "7 new members, 0 known already, 0 refused" in capsys.readouterr().out
    words = {"zh-Hans": ["钻石会员", "金卡", "普通"], "zh-TW": ["鑽石會員", "金卡", "普通"]}
    for language, (diamond, gold, regular) in {**words, "en": ["Diamond Card", "gold", "regular"]}.items():
        shop.config.write_text(f'{NAMED}\n[counter]\nlanguage = "{language}"\n')
        file = shop.folder / f"{language}.csv"
        assert await shop.asks("export", file.name) == 0
        table = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
        column = next(at for at, head in enumerate(table[0]) if head in {"等级", "tier"})
        assert sorted(row[column] for row in table[1:]) == sorted([diamond] * 4 + [gold] * 2 + [regular])
        assert await shop.take(file.read_text(encoding="utf-8-sig")) == 0
        assert "0 new members, 7 known already, 0 refused" in capsys.readouterr().out


async def test_a_word_of_ours_that_is_another_tiers_name_is_not_written_for_it(shop: Shop) -> None:
    assert await shop.take("phone,tier\r\n19000000301,gold\r\n") == 0
    shop.config.write_text(
        f"{COUNTER}\n[policy.tiers]\nsteps = [{{ tier = 'top', reach = 9 }}]\nshown.top = {{ zh = '金卡' }}\n"
    )
    assert await shop.asks("export", "all.csv") == 0
    assert ",gold," in (shop.folder / "all.csv").read_text(encoding="utf-8-sig")


async def test_what_headquarters_calls_a_tier_is_known_and_the_shops_own_word_before_it(shop: Shop) -> None:
    shop.config.write_text(NAMED)
    shop.chain, shop.calls = (
        ("gold", "diamond", "black"),
        {"diamond": TierShown(zh="蓝钻"), "black": TierShown(zh="黑金")},
    )
    assert await shop.take("phone,tier\r\n19000000301,黑金\r\n19000000302,钻石会员\r\n") == 0
    assert await shop.take("phone,tier\r\n19000000303,蓝钻\r\n", "--dry-run") == 1


async def test_whoever_begins_has_the_tier_of_those_who_begin_by_whatever_name(
    shop: Shop, capsys: Capture
) -> None:
    head = "phone,tier\r\n"
    assert await shop.take(f"{head}19000000301,regular\r\n19000000302,\r\n") == 0
    assert await shop.take(f"{head}19000000301,\r\n19000000302,regular\r\n") == 0
    assert "0 new members, 2 known already, 0 refused" in capsys.readouterr().out
    row = Entered(row=2, phone="19000000302", tier="card")
    ids = (EntryId(an_id(at)) for at in count(900))
    for policy, met in ((Policy(tiers=Tiers(base="card")), Met.SAME), (Policy(), Met.TIER)):
        came = await booked([row], shop.ledger.intake, policy, lambda: next(ids), AT)
        assert came.met == (met,)
    named = replace(row, phone="19000000303", tier="gold")
    assert (await booked([named], shop.ledger.intake, Policy(), lambda: next(ids), AT)).met == (Met.NEW,)
    fallen = replace(named, tier="card")
    policy = Policy(tiers=Tiers(base="card"))
    assert (await booked([fallen], shop.ledger.intake, policy, lambda: next(ids), AT)).met == (Met.TIER,)


async def test_a_card_that_another_wallet_has_is_refused(shop: Shop, capsys: Capture) -> None:
    rows = "phone,card\r\n19000000301,PT01\r\n19000000302,pt01\r\n19000000303,PT02\r\n"
    assert await shop.take(rows, "--cards", "stripe") == 1
    assert "row 3, card: another wallet has this card" in capsys.readouterr().out
    assert await shop.name_of("PT02", Medium.STRIPE) == "190****0303"
    assert await shop.name_of("19000000302") is None
    assert await shop.take(rows, "--cards", "paper") == 1
    assert "--cards takes one of uid, em4100" in capsys.readouterr().err
    assert await shop.take(rows) == 1
    assert "--cards stripe" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("reader", "number"),
    [
        ("", "0A00BC614E"), ('driver = "serial_reader"', "0A00BC614E"),
        ('driver = "serial_reader"\nspelling = "10d"', "0000BC614E"),
        ('driver = "serial_reader"\nnumber_bytes = 3', "0000BC614E"),
        ('driver = "keyboard_reader"', "0A00BC614E"),
        ('driver = "keyboard_reader"\nspelling = "8d"', "0000BC614E"),
        ('driver = "serial_stripe"', "0A00BC614E"),
    ],
)  # fmt: skip
async def test_a_tag_of_a_table_is_known_by_what_the_readers_here_tell_of_it(
    shop: Shop, reader: str, number: str
) -> None:
    if reader:
        shop.config.write_text(COUNTER + f'\n[device.gate]\n{reader}\npath = "/dev/null"\n')
    assert await shop.take("phone,card\r\n19000000301,0a00bc614e\r\n", "--cards", "em4100") == 0
    assert await shop.name_of(number, Medium.EM4100) == "190****0301"


async def test_of_two_readers_the_one_that_tells_less_counts(shop: Shop, capsys: Capture) -> None:
    gates = "".join(
        f'\n[device.{name}]\ndriver = "serial_reader"\nspelling = "{name}"\npath = "/dev/{name}"\n'
        for name in ("10h", "10d")
    )
    shop.config.write_text(COUNTER + gates)
    rows = "phone,card\r\n19000000301,0012345678\r\n19000000302,12345678\r\n"
    assert await shop.take(rows, "--cards", "em4100:10d") == 1
    assert "row 3, card: no tag as the reader here tells it" in capsys.readouterr().out
    assert await shop.name_of("0000BC614E", Medium.EM4100) == "190****0301"
    assert await shop.take(rows, "--cards", "em4100:10e") == 1
    assert "--cards takes em4100 alone, or with one of hex, 10h" in capsys.readouterr().err


async def test_a_file_that_is_cut_in_the_middle_gives_whole_rows_and_is_done_again(
    shop: Shop, capsys: Capture
) -> None:
    data = (HEAD + WANG + LI).encode()
    assert await shop.take(data[:-9]) == 1
    assert "row 3: the file ends here without a line's end" in capsys.readouterr().out
    assert await shop.name_of("19000000302") is None
    assert await shop.take(data) == 0
    assert "1 new members, 1 known already" in capsys.readouterr().out


async def test_what_breaks_off_keeps_what_was_booked_and_goes_on_when_it_is_done_again(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "AT_ONCE", 2)
    rows = HEAD + "".join(f"1900000040{n},王{n},,\r\n" for n in range(5))
    shop.fails_at = 2
    assert await shop.take(rows) == 1
    said = capsys.readouterr()
    assert "2 new members" in said.out
    assert "the rest was not imported: the ledger is closed; do it again" in said.err
    assert await shop.take(rows) == 0
    assert "3 new members, 2 known already, 0 refused" in capsys.readouterr().out
    assert shop.parts == [2, 2, 2, 2, 1]


async def test_a_part_is_booked_whole_or_not_at_all(shop: Shop) -> None:
    ids = iter([*map(an_id, range(901, 906)), EntryId("no id at all")])  # Wallet, member, entry of each.
    table = members._rows.decode(b'[{"row":2,"phone":"19000000301"},{"row":3,"phone":"19000000302"}]')
    came = await booked(table, shop.ledger.intake, POLICY, lambda: next(ids), AT)
    assert came.met == ()
    assert came.why
    assert await shop.entries() == 0
    assert await shop.name_of("19000000301") is None
    assert await shop.take(HEAD + WANG) == 0


async def test_nothing_is_booked_where_nobody_runs_and_by_a_dry_run(shop: Shop, capsys: Capture) -> None:
    assert await shop.take(HEAD + WANG + "1,x,,\r\n", "--dry-run") == 1
    assert "1 new members, 0 known already, 1 refused; nothing was booked" in capsys.readouterr().out
    assert await shop.entries() == 0
    shop.config.write_text(COUNTER.replace("t.sock", "elsewhere.sock"))
    assert await shop.take(HEAD + WANG) == 1
    assert "the terminal must run" in capsys.readouterr().err
    assert not leftovers(shop.folder)


async def test_a_file_with_every_refused_row_names_none_of_what_they_hold(
    shop: Shop, capsys: Capture
) -> None:
    report = shop.folder / "refused.csv"
    assert await shop.take(HEAD + "123,赵六,,\r\n" + WANG, "--report", str(report)) == 1
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[:2] for row in rows] == [["row", "column"], ["2", "phone"]]
    assert "赵六" not in report.read_text(encoding="utf-8-sig") + capsys.readouterr().out
    assert await shop.take(HEAD + WANG, "--report", str(report)) == 1
    assert "nothing was imported" in capsys.readouterr().err


async def test_a_ledger_that_cannot_book_says_why() -> None:
    class Closed:
        async def take(self, _coming: object) -> list[Any]:
            raise LedgerClosed("the disk is full")

    table = members._rows.decode(b'[{"row":2,"phone":"19000000301"}]')
    came = await booked(table, Closed(), POLICY, lambda: an_id(1), AT)  # type: ignore[arg-type]
    assert "the disk is full" in came.why


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
async def test_all_of_them_go_out_and_come_back_the_same(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(members, "AT_ONCE", 2)
    more = "19000000303,'=1+1王,,\r\n"
    said = "手机号,姓名,生日,等级,过敏,同意健康信息,同意推广\r\n"
    rows = WANG[:-2] + ",青霉素,是,否\r\n" + LI[:-2] + ",,,\r\n" + more[:-2] + ",,,\r\n"
    assert await shop.take(said + rows) == 0
    before = await shop.entries()
    assert await shop.asks("export", name) == 0
    assert "3 members, in the clear" in capsys.readouterr().out
    assert (shop.folder / name).stat().st_mode & 0o077 == 0
    assert await shop.entries() == before + 1
    assert await shop.typed(name) == 0
    assert "0 new members, 3 known already, 0 refused" in capsys.readouterr().out
    assert await shop.asks("export", name) == 1
    assert "nothing was exported" in capsys.readouterr().err


async def test_what_the_shop_asks_beyond_the_usual_goes_out_and_comes_back(
    shop: Shop, capsys: Capture, tmp_path: Path
) -> None:
    shop.config.write_text(COUNTER + '\n[policy]\nconsents = ["marketing", "family-day", "news"]\n')
    assert (
        await shop.take("phone,marketing,family-day,news\r\n19000000301,否,是,否\r\n19000000302,,,\r\n") == 0
    )
    assert await shop.asks("export", "out.csv") == 0
    out = (shop.folder / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert out[0].endswith(",同意推广,同意合作方推广,同意健康信息,同意：family-day,同意：news")
    assert sorted(row.rpartition(",,")[2] for row in out[1:]) == ["", "是,否"]
    capsys.readouterr()
    assert await shop.typed("out.csv") == 0
    assert "0 new members, 2 known already, 0 refused" in capsys.readouterr().out
    elsewhere: Any = await opened_at(tmp_path / "elsewhere.db")
    shop.ledger = elsewhere
    assert await shop.typed("out.csv") == 0
    known = await elsewhere.people.by(Credential(medium=Medium.PHONE, number="19000000301"))
    agreed = {one.consent.purpose: one.consent.given for one in known.agreed}
    await elsewhere.close()
    assert agreed == {"marketing": False, "family-day": True, "news": False}


async def test_who_is_no_member_any_more_does_not_come_back_by_it(shop: Shop, capsys: Capture) -> None:
    assert await shop.take(HEAD + "".join(f"1900000040{n},王{n},,\r\n" for n in range(2))) == 0
    holders = [
        await shop.ledger.books.holder(Credential(medium=Medium.PHONE, number=f"1900000040{n}"))
        for n in range(2)
    ]
    merge = BookMerge(id=EntryId(an_id(900)), at=AT, wallet=holders[0].wallet, into=holders[1].wallet)
    await shop.ledger.committer.submit(merge)
    assert await shop.asks("export", "out.csv") == 0
    assert "1 members, in the clear" in capsys.readouterr().out
    assert "王0" not in (shop.folder / "out.csv").read_text(encoding="utf-8-sig")


async def test_whoever_s_key_is_gone_ends_the_list_for_nobody_else(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "AT_ONCE", 2)
    assert await shop.take(HEAD + "".join(f"1900000040{n},王{n},,\r\n" for n in range(6))) == 0
    with closing(sqlite3.connect(shop.folder / "ledger.keys")) as keys:
        keys.execute("DELETE FROM keys WHERE member IN (SELECT member FROM keys ORDER BY member LIMIT 3)")
        keys.commit()
    assert await shop.asks("export", "out.csv") == 0
    assert "3 members, in the clear" in capsys.readouterr().out


async def test_nobody_goes_out_where_that_cannot_be_noted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closed(_command: object, _private: object = None) -> None:
        raise LedgerClosed("the disk is full")

    assert await shop.take(HEAD + WANG) == 0
    monkeypatch.setattr(shop.ledger.committer, "submit", closed)
    assert await shop.asks("export", "out.csv") == 1
    assert not (shop.folder / "out.csv").exists()
    assert not (shop.folder / "out.csv-new").exists()
