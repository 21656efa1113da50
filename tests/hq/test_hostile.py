"""Entries as no terminal writes them: each is posted, or kept and shown, and what follows is taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hq.ingest import understand
from hq.ports import Cause
from hq.taken import COUNTED_MAX, Taken
from hq.work import Work
from terminal.core.values import INTEGER_MAX, SiteId
from terminal.core.wire.journal import Ack, Hello, Push, chain_over
from tests.hq.shop import Chain
from tests.uplink.journal import Journal, body, fact_id, recharge

_KINDS = [
    json.loads(one["body"])
    for one in json.loads(Path("tests/vectors/canonical/kinds.json").read_text(encoding="utf-8"))
]
"""One or more of each kind, as the product writes them."""

_ODD = (
    None, True, 0, -1, 1, INTEGER_MAX, -INTEGER_MAX, INTEGER_MAX + 1, 2**63, 2**64, 1.5, "", " ", "zzz", ":",
    "x" * 10_000, "\0", "\n", "9" * 19, "wallet:w:principal", "wallet:w:coupon:k", "principal", "lost", [],
    {}, [[]], ["x"] * 300, [None], {"type": "grant"}, {"type": "zzz"},
)  # fmt: skip
_ITS_PLACE = frozenset({"v", "site", "epoch", "seq", "id"})
_UNITS = ("principal", "bonus", "points:goods", "count:wash", "litres:92", "coupon:k", "cashback", "zzz")


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] * bool(at) + [place for key, one in inner for place in _places(one, (*at, key))]


def _put(value: Any, at: tuple[Any, ...], odd: Any) -> None:
    for key in at[:-1]:
        value = value[key]
    value[at[-1]] = odd


def _scaled(value: Any, by: int) -> Any:
    """All postings, and the lots that go with them: sums stay zero."""
    for amounts in (value["postings"], value.get("uncovered", [])):
        for line in amounts:
            line[1] *= by
    for lot in value.get("lots", []):
        lot["amount"] *= by
    return value


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """One of any kind with something in it that does not belong there."""
    text = json.dumps(draw(st.sampled_from(_KINDS)))
    if draw(st.booleans()):
        text = text.replace(draw(st.sampled_from(_UNITS)), draw(st.sampled_from(_UNITS)))
    value: dict[str, Any] = json.loads(text)
    if draw(st.booleans()):
        value = _scaled(value, draw(st.sampled_from((-1, 0, 7, 10**9, 2**43))))
    places = [at for at in _places(value) if "at" not in at and at[0] not in _ITS_PLACE]
    for _ in range(draw(st.integers(1, 2))):
        # Fields alike, though some stand in long lists.
        name = draw(st.sampled_from(sorted({str(at[-1]) for at in places})))
        at = draw(st.sampled_from([at for at in places if str(at[-1]) == name]))
        try:
            _put(value, at, draw(st.sampled_from(_ODD)))
        except (KeyError, IndexError, TypeError):
            continue  # What was put there before has no such place.
    return value


def written(value: dict[str, Any], seq: int) -> bytes:
    whole = {**value, "site": "S1", "epoch": 1, "seq": seq, "id": fact_id("S1", seq)}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


async def sent(chain: Chain, journal: Journal) -> int:
    """How far headquarters has it after one PUSH of all."""
    me = {"merchant": chain.merchant, "site": journal.site, "instance": "i1"}
    welcome = await chain.exchange.hello(Hello(**me))
    bodies = tuple(link.body for link in journal.links[welcome.acked :])
    answer = await chain.exchange.push(
        Push(
            **me,
            hq_epoch=welcome.hq_epoch,
            epoch=welcome.epoch,
            nonce=welcome.nonce,
            start=welcome.acked,
            before=welcome.head,
            bodies=bodies,
            after=chain_over(bytes.fromhex(welcome.head), bodies)[-1].hex(),
            head_seq=len(journal.links),
            head_hash=journal.hash_of(len(journal.links)).hex(),
        )
    )
    assert isinstance(answer, Ack)
    return answer.acked


@settings(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd=st.lists(entries(), min_size=1, max_size=24))
async def test_whatever_an_entry_says_it_is_taken_and_so_is_what_follows(
    chain: Chain, odd: list[dict[str, Any]]
) -> None:
    chain.merchant = str(uuid4())
    await chain.shop("S2")
    journal = Journal()
    for value in odd:
        journal.book(written(value, len(journal.links) + 1))
    for _ in range(2):
        journal.book(body(recharge(len(journal.links) + 1, "S1")))
        assert await sent(chain, journal) == len(journal.links)
    await looked_after(chain)
    assert not {"headquarters failed on it"} & {
        why.partition(":")[0] for why in await chain.why("quarantine")
    }
    refused = {int(seq) for seq in await chain.open_exceptions("quarantine")}
    assert refused <= set(range(1, len(odd) + 1))


async def looked_after(chain: Chain) -> None:
    """All that others do with what was taken."""
    await chain.conserved()
    await chain.exchange.tidy(chain.merchant)
    for site in ("S1", "S2"):
        async with chain.store.turn(chain.merchant, SiteId(site)) as turn:
            await turn.feed_after(1, 0, 500)


def changed(kind: str, **fields: Any) -> dict[str, Any]:
    """A real entry of that kind, with other fields in its command."""
    value: dict[str, Any] = json.loads(json.dumps(next(one for one in _KINDS if one["kind"] == kind)))
    value["payload"].update(fields)
    return value


NO_SALE = {"sale": "zzz", "entry": ""}


@pytest.mark.parametrize(
    "odd",
    [
        changed("card_state", state="stolen"),
        changed("card_state", state=""),
        changed("directive", directive={"type": "grant", "sales": [NO_SALE]}),
        changed("directive", directive={"type": "release", "sales": ["zzz"]}),
    ],
    ids=["no such state", "no state", "no sale granted", "no sale released"],
)
async def test_what_names_nothing_that_there_is_stands_in_quarantine_and_holds_up_nothing(
    chain: Chain, odd: dict[str, Any]
) -> None:
    journal = Journal()
    journal.book(written({**odd, "postings": [], "lots": []}, 1))
    journal.book()
    assert await sent(chain, journal) == 2
    assert await chain.open_exceptions("quarantine") == ["1"]
    await chain.conserved()


async def test_entries_on_which_headquarters_fails_are_kept_and_shown_and_the_others_are_posted(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = {fact_id("S1", seq) for seq in (3, 8)}

    async def fails(work: Work, taken: list[Taken]) -> None:
        if poison & {one.id for one in taken}:
            raise ValueError
        await understand(work, taken)

    monkeypatch.setattr("hq.exchange.understand", fails)
    journal = Journal(booked=9)
    assert await sent(chain, journal) == 9
    assert await chain.open_exceptions("quarantine") == ["3", "8"]
    assert {*await chain.why("quarantine")} == {"headquarters failed on it: ValueError"}
    await chain.conserved()
    totals = await chain.store.totals(chain.merchant)
    assert sum(one.facts for one in totals) == 7 * 100_00


async def test_a_database_that_is_away_puts_nothing_into_quarantine(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_work: Work, _taken: list[Taken]) -> None:
        raise TimeoutError

    monkeypatch.setattr("hq.exchange.understand", away)
    journal = Journal(booked=2)
    with pytest.raises(TimeoutError):
        await sent(chain, journal)
    monkeypatch.undo()
    assert await sent(chain, journal) == 2
    assert await chain.open_exceptions("quarantine") == []


def spent(journal: Journal, amount: int, lines: int = 1) -> None:
    """A sale, all of it beyond rights."""
    value = {
        **changed("sale", wallet="h"),
        "postings": [["site:S1:overdraft:h:principal", -amount], ["site:S1:revenue:x", amount]] * lines,
        "uncovered": [["wallet:h:principal", amount]] * lines,
        "lots": [],
        "wallet": "h",
    }
    journal.book(written(value, len(journal.links) + 1))


async def test_sums_that_no_database_column_holds_are_posted_nowhere(chain: Chain) -> None:
    journal = Journal()
    for _ in range(3):
        spent(journal, INTEGER_MAX, lines=400)
    assert await sent(chain, journal) == 3
    assert await chain.open_exceptions("quarantine") == ["1", "2", "3"]
    assert await chain.open_exceptions("uncovered") == []
    assert await chain.store.totals(chain.merchant) == []
    journal.book(body(replace(recharge(4, "S1"), postings=HOLDS_H)))
    assert await sent(chain, journal) == 4
    assert await chain.overdrawn() == 0


HOLDS_H = (("wallet:h:principal", 100_00), ("site:S1:drawer:1", -100_00))


@pytest.mark.parametrize("sign", [1, -1])
async def test_a_balance_beyond_what_is_counted_is_not_reached_however_small_the_steps(
    chain: Chain, sign: int
) -> None:
    journal, step = Journal(), sign * COUNTED_MAX // 2
    for seq in range(1, 5):
        line = (("wallet:h:principal", step), ("site:S1:drawer:1", -step))
        journal.book(body(replace(recharge(seq, "S1"), postings=line)))
    journal.book()
    assert await sent(chain, journal) == 5
    assert await chain.open_exceptions("quarantine") == ["3", "4"]
    (why,) = {*await chain.why("quarantine")}
    assert why == f"brings an account or a lot beyond {COUNTED_MAX}"
    (total,) = [
        one for one in await chain.store.totals(chain.merchant) if one.account == "wallet:h:principal"
    ]
    assert total.held == 2 * step
    await chain.conserved()


async def test_what_was_spent_beyond_all_counting_stays_what_a_recharge_can_cover(chain: Chain) -> None:
    journal = Journal()
    for _ in range(4):
        spent(journal, COUNTED_MAX // 2)
    journal.book(body(replace(recharge(5, "S1"), postings=HOLDS_H)))
    assert await sent(chain, journal) == 5
    assert await chain.open_exceptions("quarantine") == ["3", "4"]
    await looked_after(chain)
    assert await chain.overdrawn() == COUNTED_MAX


async def test_lots_that_are_not_what_was_posted_are_shown_with_both_figures(chain: Chain) -> None:
    journal = Journal()
    for unit, amount, posted in (("principal", 999_999, 100), ("points:goods", 5, 9), ("principal", 70, 70)):
        seq = len(journal.links) + 1
        line = [[f"wallet:l:{unit}", posted], [f"site:S1:issued:{unit}", -posted]]
        lots = [{"amount": amount, "lot": fact_id("S1", seq), "unit": unit}]
        value = {**changed("recharge", wallet="l"), "postings": line, "lots": lots, "wallet": "l"}
        journal.book(written(value, seq))
    assert await sent(chain, journal) == 3
    assert await chain.open_exceptions("quarantine") == []
    assert await chain.open_exceptions("lots") == [fact_id("S1", 1)]
    assert await chain.why("lots") == ["999999 into lots of wallet:l:principal, 100 posted"]
    await looked_after(chain)


async def test_more_uses_in_a_lot_than_were_given_back_are_granted_to_nobody(chain: Chain) -> None:
    away, journal = await chain.shop("S2"), Journal()
    uses = "wallet:l:count:wash"
    for kind, posted, lot in (("recharge", 10, 10), ("rights_back", -10, -99)):
        seq = len(journal.links) + 1
        other = "issued" if posted > 0 else "rights"
        line = [[uses, posted], [f"site:S1:{other}:count:wash", -posted]]
        lots = [{"amount": lot, "lot": fact_id("S1", 1), "unit": "count:wash"}]
        value = {**changed(kind), "postings": line, "lots": lots, "wallet": "l"}
        journal.book(written(value, seq))
    await sent(chain, journal)
    assert await chain.open_exceptions("lots") == [fact_id("S1", 2)]
    assert await chain.pool(uses) == 10
    await away.ask((uses, 5))
    await away.sync()
    assert away.holds(uses) == 0


async def test_a_coupon_that_is_held_more_than_once_is_shown_and_again_when_it_is_more(chain: Chain) -> None:
    journal = Journal()

    async def comes(amount: int) -> list[str]:
        line = [["wallet:k:coupon:c", amount], ["site:S1:issued:coupon:c", -amount]]
        value = {**changed("grant", wallet="k"), "postings": line, "lots": [], "wallet": "k"}
        journal.book(written(value, len(journal.links) + 1))
        await sent(chain, journal)
        return await chain.open_exceptions("negative")

    assert await comes(1) == []
    assert await comes(4) == ["wallet:k:coupon:c"]
    assert await chain.why("negative") == ["balance 5"]
    chain.clock.now_ms += 1
    await chain.decide(Cause(kind="negative", site=SiteId("S1"), subject="wallet:k:coupon:c"), "looked")
    chain.clock.now_ms += 1
    assert await comes(-1) == []
    assert await comes(2) == ["wallet:k:coupon:c"]
    assert await chain.why("negative") == ["balance 6"]
