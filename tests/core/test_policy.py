"""The numbers that a shop has before it says anything, and what nobody has to say."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from enum import StrEnum

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import asdict

from terminal.core.approval import Approved, Permit
from terminal.core.cart import CENTILITRES_MAX, LINES_MAX, PIECES_MAX, Article, Family, Goods
from terminal.core.cashback import CashbackRate
from terminal.core.commands import (
    Balances,
    Booked,
    BookNote,
    CardState,
    Measured,
    PaidBy,
    Private,
    SpendOrder,
)
from terminal.core.ledger import Card, Intent, Lot, Wallet
from terminal.core.override import Cap
from terminal.core.particulars import Trade
from terminal.core.payment import Payment
from terminal.core.points import STANDARD, PointsEnd, PointsRate, PointsWorth
from terminal.core.policy import (
    NOTHING_BEYOND,
    OFFLINE_ROW,
    CashReason,
    Confirmed,
    InvoiceAt,
    JoinPin,
    Offline,
    PointsBasis,
    Policy,
    RefundReason,
    WithoutPin,
    stricter,
)
from terminal.core.referral import Referral
from terminal.core.retention import Retention
from terminal.core.staff import Role
from terminal.core.tiers import TierBy, Tiers, TierStep
from tests.core.ledger.book import AT, W1
from tests.core.test_points import cash


def test_a_shop_that_says_nothing_has_these_numbers() -> None:
    assert asdict(Policy()) == {
        "points": STANDARD,
        "points_basis": PointsBasis.SPEND,
        "points_end": PointsEnd(years=0, on="12-31", notice_days=60),
        "gifts": (),
        "points_worth": PointsWorth(points=100, fen=5_00, least=100),
        "tiers": Tiers(by=TierBy.POINTS, days=365, base="regular", steps=()),
        "cashback": CashbackRate(rate_bp=0, at_most=0, pays_percent=100, days=0, tiers=()),
        "card_kinds": (),
        "recharge_ladder": (),
        "recharge_campaigns": (),
        "campaigns": (),
        "recharge_by": (PaidBy.CASH,),
        "transfer_from_company": 5_000_00,
        "transfer_from_person": 50_000_00,
        "identity_from": 10_000_00,
        "recharge_at_most": 5_000_00,
        "unnamed_at_most": 1_000_00,
        "unnamed_valid_years": 3,
        "unnamed_rewards": True,
        "card_stays": False,
        "spend_order": SpendOrder.BONUS_LAST,
        "cash_step": 10,
        "confirmed": (),
        "join_pack": (),
        "join_vouchers": (),
        "shift_required": False,
        "paid_in": (
            CashReason(reason="change", at_most=2_000_00),
            CashReason(reason="safe", at_most=5_000_00),
            CashReason(reason="other", at_most=200_00),
        ),
        "paid_out": (
            CashReason(reason="safe", at_most=50_000_00),
            CashReason(reason="bank", at_most=50_000_00),
            CashReason(reason="purchase", at_most=500_00),
            CashReason(reason="other", at_most=200_00),
        ),
        "drawer_reasons": ("change", "count", "other"),
        "denominations": (100_00, 50_00, 20_00, 10_00, 5_00, 1_00, 50, 10),
        "training": True,
        "shift_by_pin": False,
        "coupon_anew_days": 0,
        "points_anew_days": 0,
        "refund_reasons": (
            RefundReason(reason="spoiled", spoiled=True),
            RefundReason(reason="wrong"),
            RefundReason(reason="unwanted"),
            RefundReason(reason="other"),
        ),
        "void_reasons": ("keyed_wrong", "left", "other"),
        "cooling_off_days": 7,
        "second_person": (),
        "own_points": False,
        "companies": (),
        "nozzles": (),
        "postpay": True,
        "phones_at_pumps": True,
        "override_reasons": ("破损", "临期", "比价", "其他"),
        "overrides": (Cap(role=Role.SHIFT_LEAD, percent=20), Cap(role=Role.MANAGER, percent=100)),
        "commissions": (),
        "permits": (
            Permit(what=Approved.VOID, role=Role.SHIFT_LEAD),
            Permit(what=Approved.REFUND, role=Role.SHIFT_LEAD),
            Permit(what=Approved.RECHARGE_REFUND, role=Role.SHIFT_LEAD),
            Permit(what=Approved.PAID_OUT, role=Role.SHIFT_LEAD, above=500_00),
            Permit(what=Approved.PAID_BY_HAND, role=Role.SHIFT_LEAD),
            Permit(what=Approved.DRAWER, role=Role.SHIFT_LEAD),
            Permit(what=Approved.GRANT, role=Role.MANAGER),
            Permit(what=Approved.MERGE, role=Role.MANAGER),
            Permit(what=Approved.TRANSFER, role=Role.MANAGER),
            Permit(what=Approved.TIER, role=Role.MANAGER),
            Permit(what=Approved.FLEET_FUNDS, role=Role.MANAGER),
            Permit(what=Approved.ERASURE, role=Role.MANAGER),
        ),
        "referral": Referral(on=(), points=100, further=0, least=0, a_day=500, a_month=2_000),
        "retention": Retention(document=1_827, health=1_827, notes=1_827, member=None),
        "records_days": 1_827,
        "terms": "1",
        "invoice_at": InvoiceAt.RECHARGE,
        "trade": Trade.SHOP,
        "join_fields": (),
        "consents": ("marketing", "partners"),
        "consent_version": "1",
        "consent_texts": (),
        "named_cards_identified": True,
        "services": None,
        "join_pin": JoinPin.OFFERED,
        "grades": (),
        "without_pin": WithoutPin(secure=200_00, signed=50_00, open=50_00),
        "offline": Offline(secure=100_00, signed=30_00, open=0, site=1_000_00),
        "scale_labels": (),
        "cycle_days": {},
        "keyed_article": Goods(sku="KEYED", name="商品", category="goods"),
    }


def test_a_cart_holds_200_lines_of_999_pieces_and_a_fill_1000_litres() -> None:
    assert (LINES_MAX, PIECES_MAX, CENTILITRES_MAX) == (200, 999, 1_000_00)


def test_what_nobody_says_is_nothing() -> None:
    assert set(asdict(Private()).values()) == {(), ""}
    assert asdict(Lot(lot="x", rest=1)) == {
        "lot": "x",
        "rest": 1,
        "laid": 0,
        "paid": 0,
        "since": "",
        "until": "",
        "invoice": "",
        "listed": 0,
        "sold": "",
    }
    assert (Wallet().member, Wallet().tier, Wallet().into) == (None, "regular", None)
    assert Card(wallet=W1) == Card(wallet=W1, state=CardState.ACTIVE, until="", kind="")
    assert Intent(intent="i", consumed_by="c", amount=1).end == ""
    article = Article(sku="a", name="a", category="a", price=1)
    assert (article.measured, article.barcodes) == (Measured.PIECE, ())
    balances = Balances()
    assert (balances.principal, balances.bonus, balances.points, balances.coupons) == (0, 0, {}, 0)
    payment = Payment(tender=cash(5))
    assert (payment.rounding, payment.received, payment.spent.principal, payment.spent.bonus) == (0, 0, 0, 0)
    assert payment.step == 1
    assert RefundReason(reason="x").spoiled is False


def test_an_answer_of_which_nothing_is_known_says_nothing() -> None:
    booked = Booked(command=BookNote(id="x", at=AT, what="x", detail=""), seq=1, receipt_no="")
    assert (booked.principal_spent, booked.bonus_spent, booked.after) == (0, 0, None)
    assert (booked.card_shown, booked.again) == ("", False)


def test_of_what_headquarters_and_the_shop_allow_the_lower_holds() -> None:
    one = Offline(secure=1, signed=20, open=3, site=40)
    other = Offline(secure=10, signed=2, open=30, site=4)
    assert stricter(one, other) == stricter(other, one) == Offline(secure=1, signed=2, open=3, site=4)


@pytest.mark.parametrize(("step", "fits"), [(0, False), (1, True), (2, True), (100, True), (101, False)])
def test_cash_goes_in_steps_of_a_fen_to_a_yuan(step: int, *, fits: bool) -> None:
    with nullcontext() if fits else pytest.raises(ValidationError):
        assert convert({"cash_step": step}, Policy).cash_step == step


def test_nothing_beyond_rights_is_nothing_of_anything() -> None:
    assert asdict(NOTHING_BEYOND) == {"secure": 0, "signed": 0, "open": 0, "site": 0}
    assert OFFLINE_ROW == "offline"


def test_a_shift_comes_first_where_policy_wants_it_counted_or_proven() -> None:
    assert not Policy().shift_first
    assert Policy(shift_required=True).shift_first
    assert Policy(shift_by_pin=True).shift_first


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (JoinPin, ["never", "offered", "required"]),
        (InvoiceAt, ["recharge", "use"]),
        (Confirmed, ["code", "card"]),
    ],
)
def test_a_file_says_it_in_these_words(kind: type[StrEnum], words: list[str]) -> None:
    assert [str(one) for one in kind] == words


def test_a_shop_says_in_these_words_what_points_are_for() -> None:
    assert [basis.value for basis in PointsBasis] == ["spend", "recharge"]


def _campaign(**said: str) -> dict[str, object]:
    row: dict[str, object] = {"name": "Spring", "since": "2026-03-01", "until": "2026-03-31"}
    return row | {"ladder": [{"reach": 100_00, "bonus": 10_00}]} | said


def test_days_names_and_reasons_are_read_as_they_are_written() -> None:
    said = {
        "recharge_campaigns": [_campaign()],
        "void_reasons": ["keyed_wrong", "其他", "x" * 40],
        "consents": ["marketing", "x" * 40],
    }
    read = convert(said, Policy)
    (campaign,) = read.recharge_campaigns
    assert (campaign.name, campaign.since, campaign.until) == ("Spring", "2026-03-01", "2026-03-31")
    assert read.void_reasons == ("keyed_wrong", "其他", "x" * 40)
    assert read.consents == ("marketing", "x" * 40)


@pytest.mark.parametrize("days", [0, 1, 36_500])
def test_records_are_kept_for_so_many_days(days: int) -> None:
    assert convert({"records_days": days}, Policy).records_days == days


@pytest.mark.parametrize("days", [-1, 36_501])
def test_and_for_no_fewer_and_no_more(days: int) -> None:
    with pytest.raises(ValidationError):
        convert({"records_days": days}, Policy)


def _words(**said: str) -> dict[str, str]:
    return {"purpose": "marketing", "version": "1", "text": "Offers by text message"} | said


def test_words_of_earlier_versions_stay_beside_those_in_force() -> None:
    said = [_words(version=str(version)) for version in range(1, 101)]
    read = convert({"consent_texts": said, "consent_version": "100"}, Policy)
    assert len(read.consent_texts) == 100
    long = _words(purpose="x" * 40, text="x" * 2_000)
    (text,) = convert({"consent_texts": [long]}, Policy).consent_texts
    assert (text.purpose, text.version, text.text) == ("x" * 40, "1", "x" * 2_000)


@pytest.mark.parametrize(
    "said",
    [
        *(
            {"recharge_campaigns": [_campaign(since=day)]}
            for day in ("2026-3-01", "2026-03-01\n", "x2026-03-01")
        ),
        *({"recharge_campaigns": [_campaign(name=name)]} for name in ("", "x" * 41, "a\x1fb", "Spring\n")),
        *({"consents": [purpose]} for purpose in ("", "x" * 41, "a\x00", "offers\n")),
        *({"consent_texts": [_words(purpose=purpose)]} for purpose in ("", "x" * 41, "a\x00", "offers\n")),
        *({"consent_texts": [_words(text=text)]} for text in ("", "x" * 2_001, "a\x1f", "offers\n")),
        *({"consent_texts": [_words(version=version)]} for version in ("", "2", "x" * 41)),
        {"consent_texts": [_words(), _words(text="other")]},
        {"consent_texts": [_words(), _words(purpose="partners", version="0")]},
        {"consent_texts": [_words(version=str(version)) for version in range(1, 102)]},
        *({"void_reasons": [reason]} for reason in ("", "x" * 41, "a:b", "a\x00", "left\n")),
    ],
)
def test_what_is_written_otherwise_is_refused(said: object) -> None:
    with pytest.raises(ValidationError):
        convert(said, Policy)


@pytest.mark.parametrize(
    ("numbers", "fits"),
    [
        ((), True), ((1,), True), ((1, 99), True), (range(1, 100), True),
        ((0,), False), ((100,), False), ((1, 1), False), ((1, 2, 1), False),
    ],
)  # fmt: skip
def test_a_station_has_each_nozzle_once(numbers: Sequence[int], *, fits: bool) -> None:
    said = [{"number": number, "grade": "92"} for number in numbers]
    with nullcontext() if fits else pytest.raises(ValidationError):
        assert [one.number for one in convert({"nozzles": said}, Policy).nozzles] == [*numbers]


@pytest.mark.parametrize(
    ("cycles", "fits"),
    [
        ({"a": 0}, False), ({"a": 1}, True), ({"a": 3_660}, True), ({"a": 3_661}, False),
        ({"": 1}, False), ({"a" * 64: 1}, True), ({"a" * 65: 1}, False),
        ({str(n): 1 for n in range(200)}, True), ({str(n): 1 for n in range(201)}, False),
    ],
)  # fmt: skip
def test_categories_have_days_within_bounds(cycles: dict[str, int], *, fits: bool) -> None:
    with nullcontext() if fits else pytest.raises(ValidationError):
        assert convert({"cycle_days": cycles}, Policy).cycle_days == cycles


STEPS = (TierStep(tier="gold", reach=500),)


@pytest.mark.parametrize("basis", PointsBasis)
@pytest.mark.parametrize(
    ("rates", "tiers", "fits"),
    [
        (STANDARD, Tiers(steps=STEPS), True),
        ((), Tiers(steps=STEPS), False),
        ((), Tiers(), True),
        ((), Tiers(by=TierBy.SPENT, steps=STEPS), True),
        ((PointsRate(family=Family.GOODS, points=1),), Tiers(steps=STEPS), True),
        ((PointsRate(family=Family.GOODS, points=0),), Tiers(steps=STEPS), False),
        ((PointsRate(family=Family.PETROL),), Tiers(steps=STEPS), False),
    ],
)
def test_tiers_by_points_are_refused_where_nobody_could_reach_one(
    basis: PointsBasis, rates: tuple[PointsRate, ...], tiers: Tiers, *, fits: bool
) -> None:
    refused = pytest.raises(ValueError, match="gives none for goods")
    with nullcontext() if fits else refused:
        assert Policy(points=rates, points_basis=basis, tiers=tiers).tiers == tiers


@pytest.mark.parametrize("trade", Trade)
def test_what_was_done_is_written_down_where_the_trade_does_so_or_the_shop_says_so(trade: Trade) -> None:
    assert Policy(trade=trade).keeps_services == (trade in {Trade.SALON, Trade.BEAUTY})
    assert Policy(trade=trade, services=True).keeps_services
    assert not Policy(trade=trade, services=False).keeps_services
