"""What this shop sells, who works there, and which cards it gave out. All of it is invented."""

from __future__ import annotations

from pathlib import Path

from lab.acquirer import SECRET
from lab.group_buy import SECRET as VOUCHER_SECRET
from lab.shop import benefits, goods, people
from lab.shop.box import DEVICES
from terminal.core.forecourt import Nozzle
from terminal.core.trust import Credential, Medium
from terminal.core.values import Value
from terminal.runtime.durable import put

READER_PCSC = "Counter"
MERCHANT, SITE, TERMINAL = "demo", "S1", "T1"


class GivenCard(Value, frozen=True, kw_only=True):
    """A card that lies on the bench, and what is on it when the shop opens for the first time."""

    id: str
    label: str
    note: str
    credential: Credential
    principal: int = 0
    known: bool = True


class Code(Value, frozen=True, kw_only=True):
    label: str
    text: str
    group: str = "Members and others"


TAGS = (
    GivenCard(
        id="blue",
        label="Blue card, 125 kHz",
        note="holds ¥100.00",
        credential=Credential(medium=Medium.EM4100, number="0A00BC614E"),
        principal=100_00,
    ),
    GivenCard(
        id="thin",
        label="Thin card, 125 kHz",
        note="holds ¥5.00",
        credential=Credential(medium=Medium.EM4100, number="0A00BC6150"),
        principal=5_00,
    ),
    GivenCard(
        id="white",
        label="White card, 125 kHz",
        note="unknown here: recharge issues it",
        credential=Credential(medium=Medium.EM4100, number="0A00C0FFEE"),
        known=False,
    ),
    *(
        GivenCard(
            id=f"new{number}",
            label=f"New card {number}, 125 kHz",
            note="unknown here: for who joins, or for a recharge",
            credential=Credential(medium=Medium.EM4100, number=f"0A00C0FF{number:02X}"),
            known=False,
        )
        for number in (1, 2, 3)
    ),
)
"""For the 125 kHz reader; those for the chip reader are in `lab.shop.chips`."""


class Stripe(GivenCard, frozen=True, kw_only=True):
    tracks: str
    """What the reader says when it is drawn through."""


def stripe(number: int) -> Stripe:
    """Another one, which nobody has."""
    return Stripe(
        id=f"s{number}",
        label="",
        note="",
        credential=Credential(medium=Medium.STRIPE, number=str(number)),
        tracks=f"%E?;{number}=0?",
        known=False,
    )


STRIPES = (
    Stripe(
        id="stripe",
        label="Orange card, magnetic stripe",
        note="holds ¥40.00",
        credential=Credential(medium=Medium.STRIPE, number="7012345"),
        principal=40_00,
        tracks="%E?;7012345=0?",
    ),
    Stripe(
        id="bank",
        label="Somebody's bank card, magnetic stripe",
        note="an issuer's test number; refused",
        credential=Credential(medium=Medium.STRIPE, number="4111111111111111"),
        known=False,
        tracks="%B4111111111111111^NOBODY/N^29121010000?;4111111111111111=29121010000?",
    ),
)
"""To be drawn through the stripe reader."""

PRINTED = Credential(medium=Medium.CODE, number="MC-000123")

GOODS, BADGES, PAYING = "Goods", "Badges", "A customer's payment code"
"""What codes are there for."""

SIGNED, SHOWN = "signed:", "shown:"
"""In the place of codes that headquarters makes when they are scanned, for the holder of the printed one."""

WECHAT, ALIPAY, UNIONPAY = "wechat:", "alipay:", "unionpay:"
MEITUAN, DOUYIN = "meituan:", "douyin:"
"""In the place of what a customer's phone shows: another code each time."""

CODES = (
    Code(label="苹果 Apples, a bag", text="6901234567892", group=GOODS),
    Code(label="橙汁 Orange juice", text="6909876543212", group=GOODS),
    Code(label="Member code on paper, ¥50.00", text=PRINTED.number),
    Code(label="The same, signed by headquarters", text=SIGNED),
    Code(label="The same on a phone: new each time, 60 s", text=SHOWN),
    Code(label="A driver's code", text="JOIN:19000000301"),
    Code(label="Something else's code", text="https://example.invalid/menu"),
)

WHOLE_SHOPS = (
    *(Code(label=label, text=text, group=GOODS) for label, text in goods.LABELS),
    *(Code(label=one.name, text=one.barcode, group=GOODS) for one in goods.GOODS if one.barcode),
    *(Code(label=one.label, text=one.id, group=BADGES) for one in people.STAFF),
    Code(label="Poster: free water for members", text=benefits.CAMPAIGN),
    Code(label="Poster: a cash voucher for members", text=benefits.VOUCHER),
    Code(label="WeChat, new each time", text=WECHAT, group=PAYING),
    Code(label="Alipay, new each time", text=ALIPAY, group=PAYING),
    Code(label="UnionPay, new each time", text=UNIONPAY, group=PAYING),
    Code(label="Meituan voucher of ¥5.00, new each time", text=MEITUAN, group=PAYING),
    Code(label="Douyin voucher of ¥3.00, new each time", text=DOUYIN, group=PAYING),
)
"""Codes that mean something only in a shop with people, goods and an acquirer."""

STICK = "stick"
"""The medium of a second copy of the journal."""

_FILE = """# Made by ./run; it is made again at every start.
[terminal]
merchant = "{merchant}"
site = "{site}"
id = "{terminal}"
operator = "ST-0301"
socket = "{folder}/terminal.sock"

[shop]
name = "测试便利店 · 加油站"
address = "示例路 1 号"
phone = "000-0000-0000"

[[counter.staff]]
id = "ST-0301"
name = "营业员一"
badge = "ST-0301"

[kiosk]
port = {kiosk_port}
display = true

[headquarters]
url = "{headquarters}"
code = "{code}"
heartbeat_s = 1.0
retry_s_max = 2.0

[ledger]
path = "{folder}/ledger.db"

[policy]
without_pin = {{ secure = 10000000, signed = 10000000, open = 5000 }}
recharge_ladder = [
    {{ reach = 10000, bonus = 500 }}, {{ reach = 50000, bonus = 3000 }},
    {{ reach = 100000, bonus = 3000, lock = {{ grade = "95", price = 770, litres = 20000, days = 30 }} }},
]
join_pack = [
    {{ kind = "c3", face = 300, threshold = 10000, count = 2 }},
    {{ kind = "c5", face = 500, threshold = 15000, count = 2 }},
    {{ kind = "c8", face = 800, threshold = 20000, count = 2 }},
    {{ kind = "c12", face = 1200, threshold = 30000, count = 2 }},
    {{ kind = "c18", face = 1800, threshold = 40000, count = 2 }},
]
grades = [
    {{ grade = "92", name = "92号汽油", family = "petrol", price = 738 }},
    {{ grade = "95", name = "95号汽油", family = "petrol", price = 787 }},
    {{ grade = "0", name = "0号柴油", family = "diesel", price = 705 }},
]

[[catalogue.article]]
sku = "A01"
name = "苹果 1袋"
category = "fruit"
price = 1280
barcodes = ["6901234567892"]

[[catalogue.article]]
sku = "B01"
name = "橙汁 1L"
category = "drinks"
price = 990
barcodes = ["6909876543212"]

[promotion.tier]
rule = "tier_price"
name = "会员价"
[promotion.tier.pay]
regular = {{ fruit = 95 }}
silver = {{ fruit = 92 }}
gold = {{ fruit = 90 }}
diamond = {{ fruit = 88 }}

[promotion.second]
rule = "nth_item"
name = "橙汁第二件半价"
nth = 2
pay = 50
skus = ["B01"]

[promotion.less]
rule = "spend_less"
name = "满50减5，满100减12"
rungs = [{{ reach = 5000, less = 500 }}, {{ reach = 10000, less = 1200 }}]

[device.rfid]
driver = "serial_reader"
path = "{folder}/rfid"

[device.stripe]
driver = "serial_stripe"
path = "{folder}/stripe"

[device.rewriter]
driver = "card_rewriter"
path = "{folder}/rewriter"

[device.scanner]
driver = "serial_scanner"
path = "{folder}/scanner"

[device.printer]
driver = "tcp_printer"
host = "127.0.0.1"
port = {printer_port}
columns = 48
"""

_ACQUIRER = """
[acquirer]
url = "{url}"
secret_file = "{secret}"
"""

_GROUP_BUY = """
[group_buy]
url = "{url}"
secret_file = "{secret}"
"""

_PCSC = """
[device.chip]
driver = "pcsc"
reader = "{reader}"
"""


_BANK = """
[device.bank]
driver = "bank_terminal"
path = "{folder}/bank"
password_file = "{folder}/bank.password"
"""

_PUMPS = """
[device.pumps]
driver = "forecourt_tcp"
host = "127.0.0.1"
port = {port}
"""

NOZZLES = (
    Nozzle(number=1, grade="92", price=738, total=12_345_670),
    Nozzle(number=2, grade="95", price=787, total=9_876_540),
    Nozzle(number=4, grade="0", price=705, total=5_555_550),
)
"""At the prices that the shop's file names."""


JOIN_PAGE, TILL_PAGE = 2, 3
"""Their ports, after that of the counter's page, where that was chosen."""
_FACING = """
[join_page]
address = "127.0.0.1"
port = {join}

[till_page]
address = "127.0.0.1"
port = {till}
"""


def written(  # noqa: PLR0913  what differs from shop to shop
    folder: Path,
    *,
    kiosk_port: int,
    printer_port: int,
    headquarters: str,
    code: str,
    pcsc: bool,
    acquirer: str = "",
    group_buy: str = "",
    forecourt_port: int = 0,
) -> Path:
    """The terminal's file for this shop; `code` enrols it at its headquarters.

    Where there is a folder `stick`, with a second copy on it. With an acquirer it is a whole shop: people
    with roles, and all its goods.
    """
    text = (_FILE + DEVICES).format(
        merchant=MERCHANT,
        site=SITE,
        terminal=TERMINAL,
        folder=folder,
        kiosk_port=kiosk_port,
        printer_port=printer_port,
        headquarters=headquarters,
        code=code,
    )
    if kiosk_port:
        text += _FACING.format(join=kiosk_port + JOIN_PAGE, till=kiosk_port + TILL_PAGE)
    if (folder / STICK).is_dir():
        text = text.replace("[ledger]\n", f'[ledger]\nsecond = "{folder / STICK}"\n')
    if acquirer:
        text = text.replace("[policy]\n", f"[policy]{people.POLICY}{benefits.POLICY}")
        text += people.TABLES + goods.TABLES + _ACQUIRER.format(url=acquirer, secret=_secret(folder))
        text += _BANK.format(folder=folder)
    if forecourt_port:
        text += _PUMPS.format(port=forecourt_port)
    if group_buy:
        text += _GROUP_BUY.format(url=group_buy, secret=_secret(folder, "group_buy", VOUCHER_SECRET))
    path = folder / "terminal.toml"
    path.write_text(text + (_PCSC.format(reader=READER_PCSC) if pcsc else ""), encoding="utf-8")
    return path


def _secret(folder: Path, name: str = "acquirer", secret: str = SECRET) -> Path:
    """What the simulated acquirer, or who verifies vouchers, knows the shop by."""
    path = folder / f"{name}.secret"
    put(path, secret.encode())
    return path
