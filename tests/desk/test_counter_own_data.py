"""A member's own data at a running counter: whole on paper once, masked on the screen, gone when they ask."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import (
    OWN_DATA,
    BookConsent,
    BookJoin,
    BookNote,
    BookProfile,
    Command,
    Consent,
    Kept,
    Opens,
    Private,
)
from terminal.core.errors import ErasureWaits, KeptElsewhere, LedgerClosed, NotCopied, PhoneTaken
from terminal.core.screens import State
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, MemberId, StaffId, WalletId
from tests.desk.fakes import BADGE, Bench
from tests.flows.shop import POLICY, WANG_CARD

PHONE = Credential(medium=Medium.PHONE, number="19000000377")
TOLD = Private(
    credentials=(PHONE,), name="李雷", phone=PHONE.number, salt="00" * 16, initials="ll",
    told=(("birthday", "1990-08-30"), ("allergy", "花生")),
)  # fmt: skip


async def joined(bench: Bench) -> None:
    opens = Opens(
        wallet=WalletId("w-li"), member=MemberId("m-li"), card=None, commitment="", terms="1",
        channel="counter", recruiter=StaffId("E01"),
        consents=(Consent(purpose="health", version="1", given=True),),
    )  # fmt: skip
    join = BookJoin(id=EntryId(bench.ids.new()), at=bench.session.occasion(), opens=opens)
    await bench.ledger.submit(join, TOLD)


async def begun(bench: Bench, act: str) -> None:
    await bench.touch("start", "own")
    await bench.touch("phone")
    await bench.key(PHONE.number)
    await bench.scan(BADGE)
    await bench.touch("pick", act)


async def confirmed(bench: Bench) -> None:
    assert bench.state is State.CONFIRM
    await bench.touch("confirm")


def journal(bench: Bench) -> str:
    return "".join(link.body.decode() for link in bench.ledger.links)


async def test_all_that_is_kept_is_printed_once_and_stands_masked_on_the_screen() -> None:
    async with Bench() as bench:
        await joined(bench)
        await begun(bench, "see")
        await confirmed(bench)
        assert bench.state is State.APPROVED
        assert "190****0377" in bench.screen.receipt
        for secret in ("李雷", PHONE.number, "1990-08-30", "花生"):
            assert secret not in bench.screen.receipt, secret
        await bench.time.pass_s(1)
        (paper,) = bench.printer.paper
        for secret in ("李雷", PHONE.number, "1990-08-30", "花生"):
            assert secret in paper, secret
            assert secret not in journal(bench), secret
        await bench.touch("reprint")
        await bench.time.pass_s(1)
        again = bench.printer.paper[-1]
        assert bench.printer.copies == ["original", "duplicate"]
        assert "李雷" not in again
        assert "内容已在办理时打印" in again


async def test_what_is_corrected_is_found_by_what_it_is_now() -> None:
    async with Bench() as bench:
        await joined(bench)
        await begun(bench, "correct")
        await bench.touch("pick", "phone")
        await bench.key("19000000388")
        await confirmed(bench)
        assert bench.state is State.APPROVED
        kept = await bench.ledger.kept_of(MemberId("m-li"))
        assert kept is not None
        assert kept.private.phone == "19000000388"
        assert await bench.ledger.holder(PHONE) is None
        assert "19000000388" not in journal(bench)
        await bench.time.pass_s(1)
        assert "19000000388" in bench.printer.paper[-1]


async def test_another_members_phone_is_refused_before_anything_is_asked_further() -> None:
    async with Bench() as bench:
        await joined(bench)
        await bench.ledger.knows_as(Credential(medium=Medium.PHONE, number="19000000399"), WANG_CARD)
        await begun(bench, "correct")
        await bench.touch("pick", "phone")
        await bench.key("19000000399")
        assert (bench.state, bench.screen.code) == (State.DECLINED, PhoneTaken.code)


async def test_a_no_to_health_takes_out_what_was_said_of_it_and_both_are_on_record() -> None:
    async with Bench() as bench:
        await joined(bench)
        await begun(bench, "consents")
        for said in ("yes", "same", "no"):
            await bench.touch("pick", said)
        await confirmed(bench)
        assert bench.state is State.APPROVED
        kept = await bench.ledger.kept_of(MemberId("m-li"))
        assert kept is not None
        assert kept.private.told == (("birthday", "1990-08-30"),)
        said = {one.consent.purpose: (one.consent.given, one.when) for one in kept.agreed}
        assert said == {"health": (False, "2026-11-24 08:00:00"), "marketing": (True, "2026-11-24 08:00:00")}
        assert [one.kind for one in map(decoded, (link.body for link in bench.ledger.links))][-4:] == [
            "profile", "consent", "consent", "note",
        ]  # fmt: skip


async def test_who_is_forgotten_is_nobody_and_the_slip_says_so() -> None:
    async with Bench() as bench:
        await joined(bench)
        await begun(bench, "forget")
        await bench.touch("pick", "mistake")
        await confirmed(bench)
        assert bench.state is State.APPROVED
        assert await bench.ledger.kept_of(MemberId("m-li")) is None
        assert await bench.ledger.holder(PHONE) is None
        await bench.time.pass_s(1)
        assert "资料已删除" in bench.printer.paper[-1]


async def test_while_value_is_left_the_wish_waits_and_nothing_is_printed() -> None:
    async with Bench() as bench:
        await bench.touch("start", "own")
        await bench.tap(WANG_CARD)
        await bench.scan(BADGE)
        await bench.touch("pick", "forget")
        await bench.touch("pick", "asked")
        await confirmed(bench)
        assert (bench.state, bench.screen.code) == (State.DECLINED, ErasureWaits.code)
        await bench.touch("done")
        assert bench.printer.paper == []


async def joins_headquarters(bench: Bench) -> None:
    await bench.ledger.stands(replace(bench.ledger.standing(), hq_epoch=1))


async def test_in_a_chain_the_wish_is_booked_and_the_member_gets_a_slip_of_it() -> None:
    async with Bench() as bench:
        await joined(bench)
        await joins_headquarters(bench)
        await begun(bench, "forget")
        await bench.touch("pick", "asked")
        await confirmed(bench)
        assert bench.state is State.APPROVED
        assert await bench.ledger.kept_of(MemberId("m-li")) is not None
        kinds = [decoded(link.body).kind for link in bench.ledger.links]
        assert kinds[-2:] == ["erasure", "note"]
        await bench.time.pass_s(1)
        assert "已申请删除资料" in bench.printer.paper[-1]
        assert "李雷" not in bench.printer.paper[-1]


async def test_a_visitor_of_whom_nothing_is_kept_here_can_ask_for_it_too() -> None:
    async with Bench() as bench:
        await joined(bench)
        await joins_headquarters(bench)
        bench.ledger.privates.clear()
        await begun(bench, "see")
        assert (bench.state, bench.screen.code) == (State.DECLINED, KeptElsewhere.code)
        await bench.touch("done")
        await begun(bench, "forget")
        await bench.touch("pick", "asked")
        await confirmed(bench)
        assert bench.state is State.APPROVED
        await bench.time.pass_s(1)
        assert "已申请删除资料" in bench.printer.paper[-1]


async def test_a_file_is_written_beside_its_slip_or_it_is_said_why_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    written: list[tuple[str, str]] = []
    fails: list[Exception] = []

    async def copies(kept: Kept, name: str) -> None:
        if fails:
            raise fails.pop()
        written.append((kept.private.name, name))

    async with Bench(copies=copies) as bench:
        await joined(bench)
        await begun(bench, "copy")
        await confirmed(bench)
        assert bench.state is State.APPROVED
        await bench.time.pass_s(1)
        ((name, file),) = written
        assert name == "李雷"
        assert file in bench.printer.paper[-1]
        assert "李雷" not in bench.printer.paper[-1]
        await bench.touch("done")
        fails.append(PermissionError(13, "Permission denied", "/mnt/stick/李雷"))
        await begun(bench, "copy")
        await confirmed(bench)
        assert (bench.state, bench.screen.code) == (State.DECLINED, NotCopied.code)
    assert "李雷" not in caplog.text
    async with Bench() as bench:
        await joined(bench)
        await begun(bench, "forget")
        assert not bench.counter.copies
        with pytest.raises(NotCopied):
            await bench.counter.copy_own(Kept(member=MemberId("m-li"), private=TOLD), slip_of(bench))


def slip_of(bench: Bench) -> BookNote:
    return BookNote(
        id=EntryId(bench.ids.new()), at=bench.session.occasion(), what=OWN_DATA, detail="copied:w"
    )


async def test_whom_only_headquarters_knows_is_sent_to_where_they_joined() -> None:
    async with Bench() as bench:
        await joined(bench)
        bench.ledger.privates.clear()
        await bench.touch("start", "own")
        await bench.touch("phone")
        await bench.key(PHONE.number)
        assert (bench.state, bench.screen.code) == (State.DECLINED, KeptElsewhere.code)


@pytest.mark.parametrize(("cut", "left"), [(BookProfile, "花生"), (BookConsent, "")])
async def test_cut_off_between_notes_about_health_and_the_no_to_them_the_no_is_said_again(
    cut: type[Command], left: str
) -> None:
    async with Bench(policy=replace(POLICY, consents=())) as bench:
        await joined(bench)
        await begun(bench, "consents")
        bench.ledger.fails_at = cut
        await bench.touch("pick", "no")
        await confirmed(bench)
        assert (bench.state, bench.screen.code) == (State.DECLINED, LedgerClosed.code)
        kept = await bench.ledger.kept_of(MemberId("m-li"))
        assert kept is not None
        assert kept.agrees("health")
        assert kept.says("allergy") == left
        await bench.touch("done")
        bench.ledger.fails_at = None
        await begun(bench, "consents")
        await bench.touch("pick", "no")
        await confirmed(bench)
        assert bench.state is State.APPROVED
        kept = await bench.ledger.kept_of(MemberId("m-li"))
        assert kept is not None
        assert (kept.agrees("health"), kept.says("allergy")) == (False, "")
