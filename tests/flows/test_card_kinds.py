"""What a card of a kind earns, pays and takes at the counter, and how it gets its kind."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.accounts import TIER_FAMILY
from terminal.core.card_kinds import CardKind, CardUse
from terminal.core.cards import CardState
from terminal.core.cards_held import CardHeld, CardsHeld
from terminal.core.cashback import CashbackRate
from terminal.core.commands import (
    BookCard,
    BookGrant,
    BookIssue,
    BookJoin,
    BookRecharge,
    BookSale,
    Command,
    Grant,
    TenderKind,
)
from terminal.core.errors import Cancelled, CardNotFor
from terminal.core.gifts import Gift
from terminal.core.ledger.state import Wallet
from terminal.core.policy import PointsBasis, Policy
from terminal.core.tiers import Tiers, TierStep
from terminal.core.trust import Holder
from terminal.core.values import CardId
from terminal.flows.card_care import card_care
from terminal.flows.checkout import checkout
from terminal.flows.join_here import join_here
from terminal.flows.many_cards import many_cards
from terminal.flows.recharge import recharge
from terminal.flows.redeem import redeem
from tests.core.ledger.book import C1, W1, Book
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play
from tests.flows.shop import GOODS, PHONE, POLICY, STRANGER, WANG, WANG_CARD
from tests.flows.test_card_care import ANOTHER
from tests.flows.test_join_here import BY_PHONE, WITH_CARD
from tests.flows.test_many_cards import ISSUED
from tests.flows.test_uses import ARTICLES, CUT, TEN, cart

STORED, POINTS, DISCOUNT = CardUse.STORED, CardUse.POINTS, CardUse.DISCOUNT
BY_POINTS = CardKind(name="points", shown="积分卡", uses=(STORED, POINTS, DISCOUNT, CardUse.COUNT))
BY_BACK = CardKind(name="back", shown="返现卡", uses=(CardUse.CASHBACK, DISCOUNT))
KINDS = (BY_POINTS, BY_BACK)
SHOP = replace(POLICY, card_kinds=KINDS, cashback=CashbackRate(rate_bp=300))
HOLDER = replace(WANG, wallet=W1, card=C1, points=500)
BACK = replace(HOLDER, card_kind="back")
CASH: Script = (("choose_tender", TenderKind.CASH), ("ask_cash", 20_00), ("confirm", True))


def desk_of(script: Script, holder: Holder = HOLDER, policy: Policy = SHOP) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders={WANG_CARD: holder, PHONE: replace(holder, card=None)}, policy=policy)
    desk.sold.book = Book().with_member(card=C1)
    grants = (Grant(unit="cashback", amount=8_00), Grant(unit="points:goods", amount=500))
    desk.sold.book.book(BookGrant, wallet=W1, why="x", grants=grants)
    return desk


def only(desk: ScriptedDesk) -> Command:
    (command,) = desk.booked
    return command


def sold(holder: Holder, policy: Policy = SHOP) -> tuple[BookSale, tuple[TenderKind, ...]]:
    desk = desk_of((("fill_cart", GOODS), ("offer_card", WANG_CARD), *CASH), holder, policy)
    assert play(checkout(desk)) is None
    sale = only(desk)
    assert isinstance(sale, BookSale)
    return sale, tuple(desk.ways[0])


def test_a_card_of_points_earns_and_pays_them_and_no_cashback() -> None:
    sale, ways = sold(HOLDER)
    assert (len(sale.points), sale.cashback) == (1, None)
    assert ways == (TenderKind.STORED, TenderKind.POINTS, TenderKind.CASH)


def test_a_card_of_cashback_earns_and_pays_it_and_neither_points_nor_stored_value() -> None:
    sale, ways = sold(BACK)
    assert sale.points == ()
    assert sale.cashback is not None
    assert sale.cashback.amount == 57  # Of 19.30: cash drops the rest.
    assert ways == (TenderKind.CASHBACK, TenderKind.CASH)


def test_where_the_shop_makes_no_difference_a_card_earns_and_pays_all() -> None:
    sale, ways = sold(BACK, replace(SHOP, card_kinds=()))
    assert (len(sale.points), sale.cashback is None) == (1, False)
    assert ways == (TenderKind.STORED, TenderKind.POINTS, TenderKind.CASHBACK, TenderKind.CASH)


def test_cashback_in_the_place_of_points_takes_none_from_cards_that_bring_none() -> None:
    rate = CashbackRate(rate_bp=300, tiers=("regular",))
    sale, _ = sold(HOLDER, replace(SHOP, cashback=rate))
    assert (len(sale.points), sale.cashback) == (1, None)
    both = replace(BY_BACK, uses=(*BY_BACK.uses, POINTS))
    sale, _ = sold(BACK, replace(SHOP, cashback=rate, card_kinds=(BY_POINTS, both)))
    assert (sale.points, sale.cashback is None) == ((), False)


LADDER = Tiers(steps=(TierStep(tier="gold", reach=90),))
INSTEAD = replace(SHOP, card_kinds=(), cashback=CashbackRate(rate_bp=300, tiers=("regular",)))


@pytest.mark.parametrize(
    ("holder", "shop", "families"),
    [
        (HOLDER, SHOP, ["goods", "tier"]),
        (BACK, SHOP, ["tier"]),
        (HOLDER, INSTEAD, ["tier"]),
        (replace(HOLDER, member=None), SHOP, ["goods"]),
        (replace(BACK, member=None), SHOP, []),
        (HOLDER, replace(SHOP, points_basis=PointsBasis.RECHARGE), []),
    ],
)
def test_what_earns_no_points_counts_towards_a_tier_as_if_it_did(
    holder: Holder, shop: Policy, families: list[str]
) -> None:
    sale, _ = sold(holder, replace(shop, tiers=LADDER))
    assert [(one.family, one.points) for one in sale.points] == [(family, 19) for family in families]
    sale, _ = sold(holder, shop)
    assert "tier" not in {one.family for one in sale.points}


def test_a_count_card_goes_onto_no_card_that_is_not_for_uses() -> None:
    desk = desk_of((("fill_cart", cart(TEN)), ("offer_card", WANG_CARD), ("offer_card", CANCEL)), BACK)
    assert isinstance(play(checkout(desk)), Cancelled)
    assert desk.declined == ["A340"]
    paid: Script = (("choose_tender", TenderKind.CASH), ("ask_cash", 450_00), ("confirm", True))
    desk = desk_of((("fill_cart", cart(TEN)), ("offer_card", WANG_CARD), *paid))
    assert play(checkout(desk)) is None
    assert (len(desk.booked), desk.declined) == (1, [])


def test_a_use_is_offered_by_a_card_that_is_for_uses() -> None:
    script: Script = (("fill_cart", cart(CUT)), ("offer_card", WANG_CARD))
    use: Script = (*script, ("choose", "use"), ("confirm", True))
    assert play(checkout(counting(use, WANG))) is None
    cash: Script = (("ask_cash", 68_00), ("confirm", True))
    desk = counting((*script, *cash), replace(WANG, card_kind="back"))
    assert play(checkout(desk)) is None
    assert desk.finished


def counting(script: Script, wang: Holder) -> ScriptedDesk:
    """Ten uses lie on the wallet."""
    desk = ScriptedDesk(script, holders={WANG_CARD: wang}, policy=SHOP)
    desk.articles = ARTICLES
    desk.sold.book.wallets[wang.wallet] = Wallet(member=wang.member)
    ten = Grant(unit=TEN.unit_of_uses, amount=10)
    desk.sold.book.book(BookGrant, wallet=wang.wallet, why="x", grants=(ten,))
    return desk


RECHARGED: Script = (
    ("read_card", WANG_CARD),
    ("ask_amount", 100_00),
    ("ask_cash", 100_00),
    ("confirm", True),
)


def test_a_card_that_takes_no_stored_value_is_not_recharged() -> None:
    desk = desk_of(RECHARGED[:1], BACK)
    assert isinstance(play(recharge(desk)), CardNotFor)
    assert not desk.booked


@pytest.mark.parametrize(("uses", "points"), [((STORED, POINTS), 1), ((STORED,), 0)])
def test_a_recharge_earns_points_by_a_card_that_is_for_them(uses: tuple[CardUse, ...], points: int) -> None:
    kind = replace(BY_POINTS, uses=uses)
    by_recharge = replace(SHOP, card_kinds=(kind,), points_basis=PointsBasis.RECHARGE)
    desk = desk_of(RECHARGED, HOLDER, by_recharge)
    assert play(recharge(desk)) is None
    command = only(desk)
    assert isinstance(command, BookRecharge)
    assert (len(command.points), command.bonus) == (points, 10_00)


@pytest.mark.parametrize("uses", [(STORED, POINTS), (STORED,)])
def test_it_counts_towards_a_tier_by_every_card(uses: tuple[CardUse, ...]) -> None:
    ladder = Tiers(steps=(TierStep(tier="gold", reach=500),))
    kind = replace(BY_POINTS, uses=uses)
    by_recharge = replace(SHOP, card_kinds=(kind,), points_basis=PointsBasis.RECHARGE, tiers=ladder)
    desk = desk_of(RECHARGED, HOLDER, by_recharge)
    assert play(recharge(desk)) is None
    command = only(desk)
    assert isinstance(command, BookRecharge)
    assert [one.points for one in command.points if one.family == TIER_FAMILY] == [100]
    assert any(one.family == "goods" for one in command.points) == (POINTS in uses)


NEW: Script = (("read_card", STRANGER), ("confirm", True))


def test_a_new_card_without_a_name_is_of_a_kind_that_takes_stored_value() -> None:
    desk = desk_of((*NEW, *RECHARGED[1:]))
    assert play(recharge(desk)) is None
    command = only(desk)
    assert isinstance(command, BookRecharge)
    assert command.opens is not None
    assert command.opens.kind == "points"
    none = desk_of(NEW, policy=replace(SHOP, card_kinds=(BY_BACK,)))
    assert isinstance(play(recharge(none)), CardNotFor)


def test_points_are_redeemed_with_a_card_that_is_for_them() -> None:
    gifts = replace(SHOP, gifts=(Gift(name="杯子", points=100),))
    desk = desk_of((("choose", "take"), ("read_member", WANG_CARD)), BACK, gifts)
    assert isinstance(play(redeem(desk)), CardNotFor)


@pytest.mark.parametrize(
    ("kinds", "asked", "kind"),
    [(KINDS, (("choose", "back"),), "back"), ((BY_BACK,), (), "back"), ((), (), "")],
)
def test_who_joins_with_a_card_has_one_of_a_kind(
    kinds: tuple[CardKind, ...], asked: Script, kind: str
) -> None:
    place = next(at for at, step in enumerate(WITH_CARD) if step[0] == "offer_new_card") + 1
    script = (*WITH_CARD[:place], *asked, *WITH_CARD[place:])
    desk = ScriptedDesk(script, policy=replace(POLICY, card_kinds=kinds))
    assert play(join_here(desk)) is None
    command = only(desk)
    assert isinstance(command, BookJoin)
    assert command.opens.kind == kind


def test_who_joins_without_a_card_is_not_asked_which() -> None:
    desk = ScriptedDesk(BY_PHONE, policy=SHOP)
    assert play(join_here(desk)) is None
    command = only(desk)
    assert isinstance(command, BookJoin)
    assert command.opens.kind == ""


def cared(script: Script) -> Command:
    desk = ScriptedDesk(script, policy=SHOP, holders={WANG_CARD: WANG})
    held = CardHeld(card=CardId("c-wang"), shown="****E5F6", state=CardState.ACTIVE)
    desk.cards = {WANG_CARD: CardsHeld(holder=WANG, cards=(held,))}
    assert play(card_care(desk)) is None
    assert desk.finished
    return only(desk)


def test_one_more_card_is_asked_for_its_kind() -> None:
    command = cared((*ANOTHER[:-1], ("choose", "back"), ANOTHER[-1]))
    assert isinstance(command, BookCard)
    assert command.kind == "back"


def test_one_in_the_place_of_another_has_its_kind_and_nobody_is_asked() -> None:
    script = (("read_member", WANG_CARD), ("choose", "replace"), ("read_card", STRANGER), ("confirm", True))
    command = cared(script)
    assert isinstance(command, BookCard)
    assert command.kind == ""


def test_new_numbers_are_of_one_kind_and_not_in_use_before_they_are_given_out() -> None:
    script = (*ISSUED[:-1], ("choose", "back"), ISSUED[-1])
    desk = ScriptedDesk(script, policy=SHOP)
    assert play(many_cards(desk)) is None
    opened = [step.command.opens for step in desk.steps if isinstance(step.command, BookIssue)]
    assert {(one.kind, one.new) for one in opened} == {("back", True)}
