"""What this shop sells, who works there, and which cards it gave out. All of it is invented."""

from __future__ import annotations

from pathlib import Path

from terminal.core.trust import Credential, Medium
from terminal.core.values import Value

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


CARDS = (
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
    GivenCard(
        id="green",
        label="Green card, contactless IC",
        note="holds ¥200.00",
        credential=Credential(medium=Medium.UID, number="04A1B2C3D4E5F6"),
        principal=200_00,
    ),
)

PRINTED = Credential(medium=Medium.CODE, number="MC-000123")

CODES = (
    Code(label="苹果 Apples, a bag", text="6901234567892"),
    Code(label="橙汁 Orange juice", text="6909876543210"),
    Code(label="Member code on paper, ¥50.00", text=PRINTED.number),
    Code(label="Attendant's badge", text="ST-0301"),
    Code(label="A driver's code", text="JOIN:19000000301"),
    Code(label="Something else's code", text="https://example.invalid/menu"),
)

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

[headquarters]
url = "{headquarters}"
code = "{code}"
heartbeat_s = 1.0
retry_s_max = 2.0

[ledger]
path = "{folder}/ledger.db"

[policy]
recharge_ladder = [{{ reach = 10000, bonus = 500 }}, {{ reach = 50000, bonus = 3000 }}]
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
barcodes = ["6909876543210"]

[device.rfid]
driver = "serial_reader"
path = "{folder}/rfid"

[device.scanner]
driver = "serial_scanner"
path = "{folder}/scanner"

[device.printer]
driver = "tcp_printer"
host = "127.0.0.1"
port = {printer_port}
columns = 48
"""

_PCSC = """
[device.chip]
driver = "pcsc"
reader = "{reader}"
"""


def written(  # noqa: PLR0913  what differs from shop to shop
    folder: Path, *, kiosk_port: int, printer_port: int, headquarters: str, code: str, pcsc: bool
) -> Path:
    """The terminal's file for this shop; `code` enrols it at its headquarters.

    Where there is a folder `stick`, with a second copy on it.
    """
    text = _FILE.format(
        merchant=MERCHANT,
        site=SITE,
        terminal=TERMINAL,
        folder=folder,
        kiosk_port=kiosk_port,
        printer_port=printer_port,
        headquarters=headquarters,
        code=code,
    )
    if (folder / STICK).is_dir():
        text = text.replace("[ledger]\n", f'[ledger]\nsecond = "{folder / STICK}"\n')
    path = folder / "terminal.toml"
    path.write_text(text + (_PCSC.format(reader=READER_PCSC) if pcsc else ""), encoding="utf-8")
    return path
