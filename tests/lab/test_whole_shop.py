"""What `./run` opens: people, goods and an acquirer that fit together, and nothing that is a default."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.acquirer import AcquirerBooks, InOrder, kept
from lab.group_buy import SECRET, known_as
from lab.shop import goods, people
from lab.shop.members import MEMBERS
from lab.shop.paying import PAID_WITH
from lab.shop.setting import ALIPAY, CODES, DOUYIN, MEITUAN, TAGS, UNIONPAY, WECHAT, WHOLE_SHOPS, written
from terminal.config import Settings, load
from terminal.core.acquirer import Outcome, Wallet, pay_code
from terminal.core.catalogue import Listed
from terminal.core.group_buy import GroupCode, group_code
from terminal.core.gs1 import article_number
from terminal.core.labels import label_in, weighed
from terminal.core.pin import chosen
from terminal.core.sold import Scope
from terminal.core.staff import Role
from terminal.uplink.group_buy import secret_of


@pytest.fixture
def whole(tmp_path: Path) -> Settings:
    """The terminal's file of a whole shop, read as the terminal reads it."""
    path = written(
        tmp_path,
        kiosk_port=0,
        printer_port=9100,
        headquarters="https://127.0.0.1:8420",
        code="",
        pcsc=True,
        acquirer="http://127.0.0.1:8000",
    )
    return load(path)


def test_every_code_among_the_goods_is_an_article_or_a_label_of_one(whole: Settings) -> None:
    articles = Listed(whole.articles)
    layouts = whole.file.policy.scale_labels
    for code in (*CODES, *WHOLE_SHOPS):
        if code.group != "Goods":
            continue
        label = label_in(code.text, layouts)
        found = articles.weighed(label.plu) if label else articles.scanned(article_number(code.text) or "")
        assert found is not None, code.label


def test_a_scale_label_comes_to_what_the_bench_says_of_it(whole: Settings) -> None:
    articles = Listed(whole.articles)
    for said, text in goods.LABELS:
        label = label_in(text, whole.file.policy.scale_labels)
        assert label is not None
        article = articles.weighed(label.plu)
        assert article is not None
        bag = weighed(label, article)
        assert bag.labelled is not None
        assert f"¥{bag.labelled / 100:.2f}" in said


def test_every_coupon_of_a_newcomer_has_a_name_and_comes_off_as_it_says(whole: Settings) -> None:
    for given in whole.file.policy.join_pack:
        assert whole.file.promotion[given.kind] == {
            "rule": "coupon_amount",
            "name": f"满{given.threshold // 100}减{given.face // 100}券",
            "less": given.face,
            "threshold": given.threshold,
        }


def test_a_gift_is_an_article_at_its_price_or_a_coupon_that_comes_off(whole: Settings) -> None:
    articles = Listed(whole.articles)
    names = [one.name for one in whole.file.policy.gifts]
    assert names == ["矿泉水一瓶（券）", "保温杯", "雨伞", "十元代金券"]
    for gift in whole.file.policy.gifts:
        if gift.coupon:
            assert gift.coupon.kind in whole.file.promotion
        elif gift.voucher:
            assert (gift.voucher.worth, gift.voucher.days) == (10_00, 30)
        else:
            article = articles.named(gift.sku)
            assert article is not None
            assert (article.name, article.price) == (gift.name, gift.worth)


def test_a_count_card_is_for_services_that_the_shop_sells(whole: Settings) -> None:
    articles = Listed(whole.articles)
    card = articles.scanned(goods.COUNT_CARD)
    assert card is not None
    assert (card.uses, card.uses_of, card.uses_days) == (10, ("V01",), 365)
    weekdays = articles.named("K11")
    assert weekdays is not None
    assert weekdays.uses_in == Scope(weekdays=(1, 2, 3, 4, 5), closes="17:00")
    assert articles.scanned(goods.WASH) == articles.named("V01")


def test_a_tier_that_is_reached_has_prices_of_its_own(whole: Settings) -> None:
    tiers = whole.file.policy.tiers
    pay = whole.file.promotion["tier"]["pay"]
    assert isinstance(pay, dict)
    assert [tiers.base, *(one.tier for one in tiers.steps)] == list(pay)


def test_members_of_the_first_morning_have_cards_and_phones_of_their_own() -> None:
    numbers = [one.card.credential.number for one in MEMBERS]
    assert len({*numbers, *(tag.credential.number for tag in TAGS)}) == len(MEMBERS) + len(TAGS)
    assert len({one.phone for one in MEMBERS}) == len(MEMBERS)
    assert all(one.phone in one.card.note for one in MEMBERS)


def test_everybody_has_a_badge_on_the_bench_and_a_role(whole: Settings) -> None:
    badges = {code.text for code in WHOLE_SHOPS if code.group == "Badges"}
    assert {one.badge for one in whole.file.counter.staff} == badges
    assert [one.role for one in whole.file.counter.staff] == [
        Role.ATTENDANT,
        Role.ATTENDANT,
        Role.SHIFT_LEAD,
        Role.MANAGER,
    ]


def test_pins_are_drawn_for_each_shop_and_said_again_by_the_next_start(tmp_path: Path) -> None:
    shops = [tmp_path / str(number) for number in range(3)]
    for shop in shops:
        shop.mkdir()
    drawn = [people.pins_drawn(shop) for shop in shops]
    assert all(chosen(pin) == pin for pins in drawn for pin in pins.values())
    assert len({tuple(pins.values()) for pins in drawn}) == len(shops)
    assert [people.pins_of(shop) for shop in shops] == drawn
    assert {path.stat().st_mode & 0o777 for shop in shops for path in shop.iterdir()} == {0o600}
    assert people.pins_of(tmp_path) == {}


@pytest.mark.parametrize(
    ("phone", "wallet"),
    [(WECHAT, Wallet.WECHAT), (ALIPAY, Wallet.ALIPAY), (UNIONPAY, Wallet.UNIONPAY)],
)
def test_a_phone_shows_another_code_of_its_wallet_each_time(phone: str, wallet: Wallet) -> None:
    shown = [PAID_WITH[phone]() for _ in range(20)]
    read = [pay_code(text) for text in shown]
    assert len({*shown}) == len(shown)
    assert all(code is not None and code.wallet is wallet for code in read)


@pytest.mark.parametrize(
    ("shown", "platform", "worth"), [(MEITUAN, "meituan", 5_00), (DOUYIN, "douyin", 3_00)]
)
def test_a_platform_sells_another_voucher_each_time(shown: str, platform: str, worth: int) -> None:
    codes = [PAID_WITH[shown]() for _ in range(20)]
    assert len({*codes}) == len(codes)
    for code in codes:
        offer = known_as(code)
        assert group_code(code) == GroupCode(text=code)
        assert offer is not None
        assert (offer.platform, offer.worth, offer.several) == (platform, worth, True)


def test_a_whole_shop_verifies_vouchers_where_it_is_told_who_does(tmp_path: Path) -> None:
    more = {"acquirer": "http://127.0.0.1:8000", "group_buy": "http://127.0.0.1:8001"}
    path = written(
        tmp_path, kiosk_port=0, printer_port=9100, headquarters="https://h", code="", pcsc=False, **more
    )
    settings = load(path).file.group_buy
    assert (settings.url, secret_of(settings)) == (more["group_buy"], SECRET)


def test_the_acquirer_knows_after_its_next_start_what_it_took(tmp_path: Path) -> None:
    file = tmp_path / "acquirer.json"
    books, keep = kept(file, InOrder())
    assert books.pay("one", 990) == (Outcome.PAID, 990)
    assert books.refund("one", "back", 190) == (Outcome.PAID, 190)
    keep(books)
    again, _ = kept(file, InOrder())
    assert again.kept("one") == 800
    assert (again.payer("one"), again.payer("two")) == ("", "")
    assert again.refund("one", "back", 190) == (Outcome.PAID, 190)
    assert again.kept("one") == 800
    assert AcquirerBooks(InOrder()).kept("one") == 0
