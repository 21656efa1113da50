"""At a running counter a member is found by what they are called, and stands there as if by phone."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from terminal.core.commands import BookJoin, BookSale, Opens, Private
from terminal.core.errors import PeopleLocked
from terminal.core.screens import Keying, Screen, State
from terminal.core.trust import Credential, Medium, Person
from terminal.core.values import CardId, EntryId, MemberId, StaffId, WalletId
from tests.desk.fakes import MILK_CODE, Bench

CARD = Credential(medium=Medium.UID, number="04C0FFEE000001")
PEOPLE = (("王小明", "wxm", "19000000411"), ("王大明", "wdm", "19000000412"), ("", "", "19000000413"))


async def joined(bench: Bench, name: str, initials: str, phone: str, number: int) -> None:
    """Without a phone, by a card alone."""
    key = Credential(medium=Medium.PHONE, number=phone) if phone else CARD
    opens = Opens(
        wallet=WalletId(f"w-{number:03}"),
        member=MemberId(f"m-{number:03}"),
        card=None if phone else CardId(f"c-{number:03}"),
        commitment="",
        terms="1",
        channel="counter",
        recruiter=StaffId("E01"),
    )
    join = BookJoin(id=EntryId(bench.ids.new()), at=bench.counter.occasion(), opens=opens)
    await bench.ledger.submit(join, Private(credentials=(key,), name=name, initials=initials, phone=phone))


@pytest.fixture
async def bench() -> AsyncGenerator[Bench, None]:
    async with Bench() as bench:
        for number, (name, initials, phone) in enumerate(PEOPLE):
            await joined(bench, name, initials, phone, number)
        await bench.touch("start", "checkout")
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        assert bench.state is State.READY
        await bench.touch("find")
        yield bench


async def away(bench: Bench) -> None:
    """Back to the beginning, from any question."""
    await bench.touch("cancel")
    assert bench.state is State.SAYING
    await bench.touch("done")
    assert bench.state is State.IDLE


def people(screen: Screen) -> list[str]:
    return [one.label.text.format_map(one.label.values) for one in screen.choices if one.do == "pick"]


async def test_whoever_is_picked_buys_as_if_they_had_said_their_phone(bench: Bench) -> None:
    assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.SEARCH)
    await bench.key("wx")
    assert people(bench.screen) == ["王** 190****0411"]
    await bench.touch("pick", "w-000")
    assert bench.screen.holder is not None
    assert (bench.screen.holder.name, bench.screen.holder.number) == ("王**", "190****0411")
    await bench.touch("pick", "cash")
    await bench.key("3.50")
    await bench.touch("confirm")
    sale = bench.booked[-1].command
    assert isinstance(sale, BookSale)
    assert sale.wallet == "w-000"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("王", ["王** 190****0411", "王** 190****0412"]), ("明 0412", ["王** 190****0412"]),
        ("0413", ["190****0413"]), ("19000000412", ["王** 190****0412"]),
    ],
)  # fmt: skip
async def test_they_are_shown_masked(bench: Bench, said: str, found: list[str]) -> None:
    await bench.key(said)
    assert people(bench.screen) == found
    assert bench.screen.hint is None


@pytest.mark.parametrize("said", ["zz", "%", "_", "   ", "' OR 1=1 --", "0000", "\x00"])
async def test_what_finds_nobody_is_asked_again(bench: Bench, said: str) -> None:
    await bench.key(said)
    assert (bench.state, bench.screen.code) == (State.KEYING, "A240")
    await bench.key("wd")
    assert people(bench.screen) == ["王** 190****0412"]


async def test_more_than_a_screen_holds_asks_for_more_letters(bench: Bench) -> None:
    await away(bench)
    for number in range(10, 20):
        await joined(bench, "赵一", "zy", f"190000005{number}", number)
    await bench.touch("start", "checkout")
    await bench.scan(MILK_CODE)
    await bench.touch("done")
    await bench.touch("find")
    await bench.key("zy")
    assert len(people(bench.screen)) == 8
    assert bench.screen.hint is not None
    assert bench.screen.hint.text.startswith("There are more")


async def test_card_or_code_after_all_goes_back_to_the_card(bench: Bench) -> None:
    await bench.touch("skip")
    assert (bench.state, bench.screen.title.text) == (State.READY, "Present the member card or code")
    await bench.touch("find")
    await bench.key("w")
    await away(bench)
    assert not any(isinstance(one.command, BookSale) for one in bench.booked)


async def test_of_whom_no_phone_is_kept_the_card_is_asked_for(bench: Bench) -> None:
    await away(bench)
    await joined(bench, "钱七", "qq", "", 7)
    await bench.touch("start", "checkout")
    await bench.scan(MILK_CODE)
    await bench.touch("done")
    await bench.touch("find")
    await bench.key("qq")
    await bench.touch("pick", "w-007")
    assert (bench.state, bench.screen.code) == (State.KEYING, "A241")


async def test_names_that_cannot_be_read_close_no_sale(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def locked(_person: Person) -> Credential | None:
        raise PeopleLocked("the file of keys is damaged")

    monkeypatch.setattr(bench.ledger, "phone_of", locked)
    await bench.key("wx")
    await bench.touch("pick", "w-000")
    assert (bench.state, bench.screen.code) == (State.DECLINED, PeopleLocked.code)
