"""Headquarters says what is not kept any more; who came since, or has something to get back, stays here."""

from __future__ import annotations

import msgspec
import pytest

from terminal.core import commands
from terminal.core.commands import (
    BookConsent,
    BookDirective,
    BookGrant,
    BookGuest,
    BookLegalHold,
    BookMerge,
    BookRecharge,
    BookRightsBack,
    BookSale,
    BookService,
    BookTransfer,
    Private,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.directives import NEVER_MIND, Directed, Grant, Lapse, Lapsing
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable
from terminal.core.ledger import replayed
from terminal.core.ledger.effects import Erased, FeedRead, NotesDropped, ServicesDropped, VisitorForgotten
from terminal.core.ledger.lapsing import Lapsed, lapsing
from terminal.core.particulars import HEALTH
from terminal.core.retention import PARTICULARS
from terminal.core.rights import Right, Want
from terminal.core.values import MemberId, WalletId
from tests.core.ledger.book import AT, M1, M2, W1, W2
from tests.core.ledger.test_rights import Site

DAY, BEFORE, AFTER = AT.business_day, "2026-11-23", "2026-11-25"
W3, M3 = WalletId("w3"), MemberId("m3")
MEMBER = Lapsing.MEMBER


@pytest.fixture
def site() -> Site:
    """With a member of its own and a visitor, both here on one day, and time gone by."""
    site = Site()
    site.with_member(W1, M1)
    site.book(BookGuest, wallet=W2, member=M2, card=None)
    site.on_day("2026-12-24")
    return site


def lapse(kind: Lapsing = MEMBER, *wallets: str, upto: str = DAY) -> Lapse:
    return Lapse(kind=kind, upto=upto, wallets=tuple(WalletId(one) for one in wallets or ("w1", "w2")))


def gone(site: Site, what: Lapse) -> Lapsed:
    return lapsing(what, site.at.business_day, site)


def applied(site: Site, what: Lapse) -> Entry:
    found = gone(site, what)
    site.m += 1
    directed = Directed(hq_epoch=1, m=site.m)
    fields = {"lapsed": found.wallets, "erased": found.erased}
    return site.book(BookDirective, directed=directed, directive=what, **fields)


def effects(site: Site) -> list[object]:
    return [one for one in site.done.effects if not isinstance(one, FeedRead)]


@pytest.mark.parametrize(
    ("members", "found"),
    [((), (W1, W2)), ((M1,), (W1,)), ((M2, M3), (W2,)), ((M1, M2), (W1, W2)), ((M3,), ())],
)
def test_where_they_are_named_whoever_else_has_the_wallet_stays(
    site: Site, members: tuple[MemberId, ...], found: tuple[WalletId, ...]
) -> None:
    what = msgspec.structs.replace(lapse(), members=members)
    assert gone(site, what).wallets == found
    fields = {"lapsed": (W1,), "erased": (M1,)}
    if W1 in found:
        assert applied(site, what).payload.directive == what
        return
    with pytest.raises(NotBookable):
        site.book(BookDirective, directed=Directed(hq_epoch=1, m=1), directive=what, **fields)
    assert site.is_known(M1)


def test_who_asked_for_it_goes_whenever_they_were_here_last(site: Site) -> None:
    asked = lapse(upto=NEVER_MIND)
    assert msgspec.json.decode(msgspec.json.encode(asked), type=Lapse).upto == "9999-12-31"
    site.on_day(NEVER_MIND)
    site.with_member(W3, M3)
    assert gone(site, lapse(MEMBER, "w3", upto="9999-12-30")) == Lapsed()
    assert gone(site, lapse(MEMBER, "w3", upto=NEVER_MIND)) == Lapsed(wallets=(W3,), erased=(M3,))


def test_a_member_is_erased_and_of_a_visitor_goes_what_is_here(site: Site) -> None:
    entry = applied(site, lapse())
    assert effects(site) == [
        Erased(member=M1, wallets=(W1,)),
        VisitorForgotten(member=M2, wallets=(W2,)),
    ]
    assert (entry.postings, entry.payload.lapsed, entry.payload.erased) == ((), (W1, W2), (M1,))
    assert site.done.effects[-1] == FeedRead(hq_epoch=1, m=1)
    assert not site.is_known(M1)
    assert site.erased == {M1}


def test_it_is_the_same_once_more(site: Site) -> None:
    applied(site, lapse())
    assert gone(site, lapse()) == Lapsed(wallets=(W1, W2), erased=())


@pytest.mark.parametrize(("upto", "found"), [(BEFORE, ()), (DAY, (W1, W2)), (AFTER, (W1, W2))])
@pytest.mark.parametrize("kind", [*Lapsing])
def test_who_was_here_after_that_day_stays(
    site: Site, upto: str, found: tuple[WalletId, ...], kind: Lapsing
) -> None:
    assert gone(site, lapse(kind, upto=upto)).wallets == found


@pytest.mark.parametrize("kind", [Lapsing.DOCUMENT, Lapsing.HEALTH, Lapsing.NOTES])
def test_notes_go_by_their_kind_and_the_member_stays(site: Site, kind: Lapsing) -> None:
    entry = applied(site, lapse(kind, "w1"))
    assert effects(site) == [NotesDropped(member=M1, wallets=(W1,), what=PARTICULARS[kind])]
    assert entry.payload.erased == ()
    assert site.is_known(M1)


def test_only_notes_of_that_kind_go(site: Site) -> None:
    told = (("allergy", "penicillin"), ("birthday", "1990-08-30"), ("tags", "quiet"))
    site.privates[M1] = Private(name="王", told=told)
    applied(site, lapse(Lapsing.HEALTH, "w1"))
    assert site.privates[M1] == Private(name="王", told=told[1:])
    assert PARTICULARS["health"] == HEALTH


def test_what_was_done_goes_alone(site: Site) -> None:
    site.on_day(DAY)
    site.book(BookService, Private(service="{}"), wallet=W1, commitment="ab")
    site.on_day("2026-12-24")
    applied(site, lapse(Lapsing.SERVICES, "w1"))
    assert effects(site) == [ServicesDropped(member=M1)]
    assert (site.services, site.is_known(M1)) == ([], True)


def test_of_a_visitor_their_card_and_what_was_done_is_gone_and_their_consent_stands(site: Site) -> None:
    site.on_day(DAY)
    site.book(BookService, Private(service="{}"), wallet=W2, commitment="ab")
    site.book(BookService, Private(service="{}"), wallet=W1, commitment="ab")
    site.book(BookConsent, wallet=W2, purpose="marketing", version="1", given=True)
    site.on_day("2026-12-24")
    applied(site, lapse(MEMBER, "w2"))
    assert [whose for whose, *_ in site.services] == [M1]
    assert (M2, "marketing") in site.agreed
    assert site.erased == set()


def test_who_was_served_since_stays_though_nothing_of_theirs_moved(site: Site) -> None:
    site.book(BookConsent, wallet=W1, purpose="marketing", version="1", given=True)
    assert gone(site, lapse()) == Lapsed(wallets=(W2,))


def test_nobody_is_looked_for_who_is_not_here_or_has_no_name(site: Site) -> None:
    assert gone(site, lapse(MEMBER, "far")) == Lapsed()
    assert gone(site, lapse(MEMBER, "far", "w2")) == Lapsed(wallets=(W2,))
    nobody = Site()
    nobody.with_card()
    assert gone(nobody, lapse()) == Lapsed()


def test_who_has_money_stays_whole_and_for_notes_it_does_not_matter(site: Site) -> None:
    site.on_day(DAY)
    site.book(BookRecharge, wallet=W1, card=None, principal=1, bonus=0, received=1)
    site.on_day("2026-12-24")
    assert gone(site, lapse()) == Lapsed(wallets=(W2,))
    assert gone(site, lapse(Lapsing.NOTES)).wallets == (W1, W2)


@pytest.mark.parametrize(("day", "found"), [("2026-12-24", ()), ("2026-12-25", (W1,))])
def test_whose_records_are_kept_stays_until_they_are_not(
    site: Site, day: str, found: tuple[WalletId, ...]
) -> None:
    site.book(BookLegalHold, member=M1, until="2026-12-24", why="a dispute")
    site.on_day(day)
    assert gone(site, lapse(MEMBER, "w1")).wallets == found


def test_who_came_while_it_was_decided_is_not_touched(site: Site) -> None:
    found = gone(site, lapse())
    site.book(BookRecharge, wallet=W1, card=None, principal=1, bonus=0, received=1)
    where = Directed(hq_epoch=1, m=1)
    fields = {"lapsed": found.wallets, "erased": found.erased}
    with pytest.raises(NotBookable):
        site.book(BookDirective, directed=where, directive=lapse(), **fields)
    assert gone(site, lapse()).wallets == (W2,)


def test_less_than_may_go_is_as_good(site: Site) -> None:
    directed = Directed(hq_epoch=1, m=1)
    site.book(BookDirective, directed=directed, directive=lapse(), lapsed=(W2,))
    assert effects(site) == [VisitorForgotten(member=M2, wallets=(W2,))]


def test_a_wallet_that_was_merged_leads_to_whose_it_is_now(site: Site) -> None:
    site.with_member(W3, M3)
    site.book(BookMerge, wallet=W1, into=W3)
    entry = applied(site, lapse(MEMBER, "w1", upto="2026-12-24"))
    assert effects(site) == [Erased(member=M3, wallets=(W3,))]
    assert entry.payload.lapsed == (W1,)


def test_of_one_with_two_wallets_both_go_and_the_later_visit_counts(site: Site) -> None:
    site.book(BookTransfer, Private(name="王"), wallet=W2, card=None, to=M1, commitment="", terms="1")
    entry = applied(site, lapse())
    assert effects(site) == [Erased(member=M1, wallets=(W1, W2))]
    assert entry.payload.lapsed == (W2,)


def test_who_came_by_another_wallet_of_theirs_stays(site: Site) -> None:
    site.book(BookTransfer, Private(name="王"), wallet=W2, card=None, to=M1, commitment="", terms="1")
    paid_in_cash(site, W2)
    assert gone(site, lapse(MEMBER, "w1")) == Lapsed()


def paid_in_cash(site: Site, wallet: WalletId) -> None:
    """Nothing on the wallet tells of it."""
    line = SaleLine(sku="A", name="Apple", category="fruit", quantity=1, unit_price=5, gross=5, net=5)
    cash = Tender(kind=TenderKind.CASH, amount=5)
    fields = {"wallet": wallet, "card": None, "lines": (line,), "tenders": (cash,), "received": 5}
    site.book(BookSale, due=5, **fields)


def test_whoever_paid_with_anything_was_here(site: Site) -> None:
    assert (site.came_last(W1), site.came_last(WalletId("far"))) == (DAY, "")
    paid_in_cash(site, W1)
    assert site.came_last(W1) == "2026-12-24"
    site.on_day("2026-12-25")
    site.book(
        BookGrant,
        wallet=W1,
        why="autumn",
        grants=(commands.Grant(unit="bonus", amount=100, until="2026-12-25"),),
    )
    assert site.came_last(W1) == "2026-12-25"


def test_for_what_headquarters_moves_or_a_day_ends_nobody_came(site: Site) -> None:
    right = Right(account="wallet:w1:points:goods", amount=30)
    site.told(Grant(rights=(right,)))
    site.book(BookRightsBack, wants=(Want(account="wallet:w1:points:goods", amount=10),))
    assert (site.of("w1", "points:goods"), site.came_last(W1)) == (20, DAY)
    site.told(Grant(rights=(Right(account="wallet:w9:points:goods", amount=1),), member=MemberId("m9")))
    assert site.came_last(WalletId("w9")) == "2026-12-24"  # It begins with it.


def said(**more: object) -> bytes:
    return msgspec.json.encode({"type": "lapse", "kind": "member", "upto": DAY, "wallets": ["w1"]} | more)


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"wallets": ["w" * 64]},
        {"wallets": ["w1"] * 100},
        {"kind": "document"},
        {"wallets": ["钱"]},
        {"members": ["m" * 64]},
        {"members": ["m"] * 200},
    ],
)
def test_a_lapse_has_bounds(right: dict[str, object]) -> None:
    found = msgspec.json.decode(said(**right), type=Lapse)
    assert msgspec.json.decode(msgspec.json.encode(found)) == msgspec.json.decode(said(**right))


@pytest.mark.parametrize(
    "wrong",
    [
        {"wallets": ["w" * 65]},
        {"wallets": [""]},
        {"wallets": ["a:b"]},
        {"wallets": ["a\u0085"]},
        {"wallets": []},
        {"wallets": ["w1"] * 101},
        {"members": ["m" * 65]},
        {"members": [""]},
        {"members": ["m1"] * 201},
        {"kind": "name"},
        {"upto": "2026-11-24\n"},
        {"upto": "20261124"},
    ],
)
def test_beyond_them_it_is_none(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(said(**wrong), type=Lapse)


def test_what_was_booked_is_replayed_as_it_was_though_they_were_here_by_now(site: Site) -> None:
    entry = applied(site, lapse(MEMBER, "w1"))
    other = Site()
    other.on_day("2026-12-24")
    other.with_member(W1, M1)
    assert gone(other, lapse(MEMBER, "w1")) == Lapsed()
    assert [one for one in replayed(entry, other).effects if isinstance(one, Erased)] == [
        Erased(member=M1, wallets=(W1,))
    ]
