"""A technician reads all that is wrong with the file at once, and where."""

from __future__ import annotations

import importlib
import subprocess
import sys
import typing
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from terminal.config import BadConfig, File, Settings, drivers, load
from terminal.core import listing, register

EXAMPLE = Path(__file__).parents[1] / "docs" / "terminal.example.toml"

RIGHT = """
[terminal]
merchant = "M1"
site = "S1"
id = "T1"

[shop]
name = "便利店"

[[counter.staff]]
id = "ST-1001"
name = "小李"

[policy]
recharge_ladder = [{reach = 10000, bonus = 1000}]

[[policy.grades]]
grade = "95"
name = "95#"
family = "petrol"
price = 812

[[catalogue.article]]
sku = "A1"
name = "苹果"
category = "fruit"
price = 500
barcodes = ["6901234567892"]

[device.counter]
driver = "tcp_printer"
host = "127.0.0.1"
"""


FROM_0, FROM_1 = (f"expected a whole number from {least} to 10000000" for least in (0, 1))
HUGE = 9 * 10**17


def written(folder: Path, text: str) -> Path:
    path = folder / "terminal.toml"
    path.write_text(text)
    return path


def said(folder: Path, text: str) -> list[str]:
    with pytest.raises(BadConfig) as bad:
        load(written(folder, text))
    return [str(problem) for problem in bad.value.problems]


def changed(old: str, new: str) -> str:
    assert old in RIGHT
    return RIGHT.replace(old, new)


def test_what_is_right_is_loaded(tmp_path: Path) -> None:
    settings = load(written(tmp_path, RIGHT))
    assert settings.file.shop.name == "便利店"
    assert settings.file.policy.recharge_ladder[0].bonus == 1000
    assert [article.sku for article in settings.articles] == ["A1"]
    assert [(device.name, device.kind) for device in settings.devices] == [("counter", "printer")]
    assert settings.printer is settings.devices[0]
    assert settings.version == sha256(RIGHT.encode()).hexdigest()
    other = load(written(tmp_path, f"{RIGHT}\n# a word more"))
    assert other.version != settings.version


def test_all_mistakes_of_all_parts_at_once(tmp_path: Path) -> None:
    wrong = """
[terminal]
merchant = "M1"
sit = "S1"
id = "T-1"

[shop]
name = 5

[policy]
recharge_ladder = [{reach = "100.00", bonus = 10}]

[device.front]
driver = "tcp-printr"

[device.counter]
driver = "tcp_printer"
port = "9100"
hots = "127.0.0.1"

[device.side]
"""
    lines = said(tmp_path, wrong)
    assert lines[:6] == [
        "terminal.sit: unknown (did you mean site?)",
        'terminal.id: expected 1 to 16 letters, digits or _, got "T-1"',
        "terminal.site: missing: 1 to 16 letters, digits or _",
        "shop.name: expected a string, got 5",
        'policy.recharge_ladder[1].reach: expected a whole number from 1 to 10000000, got "100.00"',
        "device.front.driver: no driver is called 'tcp-printr' (did you mean tcp_printer?)",
    ]
    assert lines[6:-1] == [
        'device.counter.port: expected a whole number from 1 to 65535, got "9100"',
        "device.counter.hots: unknown (did you mean host?)",
        "device.counter.host: missing: a string that is not empty",
    ]
    assert lines[-1].startswith("device.side.driver: missing: one of ")


def test_a_missing_file_and_a_broken_one(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="No such file or directory"):
        load(tmp_path / "none.toml")
    assert "line 2" in said(tmp_path, "[terminal]\nsite = = 1\n")[0]
    (tmp_path / "terminal.toml").write_bytes(b'[terminal]\nsite = "\xff"\n')
    with pytest.raises(BadConfig, match="not UTF-8 at byte 19"):
        load(tmp_path / "terminal.toml")
    assert "nested too deeply" in said(tmp_path, "a = " + "[" * 100_000)[0]
    assert "longer than" in said(tmp_path, "#" * (5 << 20))[0]


def test_an_empty_file_names_what_it_needs(tmp_path: Path) -> None:
    assert said(tmp_path, "") == ["terminal: missing: a table", "shop: missing: a table"]


SAM = """
[device.safe]
driver = "pcsc_sam"
reader = "ACR1281 SAM"

[device.cards]
driver = "pcsc"
"""


@pytest.mark.parametrize("called", ["", "acr1281", "SAM"])
def test_a_reader_of_cards_that_is_called_as_the_sams_slot_is(tmp_path: Path, called: str) -> None:
    assert said(tmp_path, f'{RIGHT}{SAM}reader = "{called}"\n') == [
        f"device.cards.reader: {called!r} may be the SAM's slot: say what is not in the slot's name"
    ]
    assert load(written(tmp_path, f'{RIGHT}{SAM}reader = "PICC"\n'))


def test_one_till_has_one_terminal_of_a_bank(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("123456")
    one = f'driver = "bank_terminal"\npath = "/dev/ttyS1"\npassword_file = "{tmp_path}/password"\n'
    assert load(written(tmp_path, f"{RIGHT}\n[device.bank]\n{one}"))
    other = one.replace("ttyS1", "ttyS2")
    assert said(tmp_path, f"{RIGHT}\n[device.bank]\n{one}\n[device.other]\n{other}") == [
        "device.other: there is a bank's terminal already: one a till"
    ]


def test_a_port_that_is_read_has_one_device(tmp_path: Path) -> None:
    port = 'path = "/dev/ttyS1"'
    scanner = f'[device.scanner]\ndriver = "serial_scanner"\n{port}\n'
    for other in ("keyboard_reader", "serial_stripe", "serial_printer", "line_display"):
        second = f'[device.other]\ndriver = "{other}"\n{port}\n[receipt]\nprinter = "counter"\n'
        assert said(tmp_path, f"{RIGHT}\n{scanner}{second}") == [
            "device.other.path: scanner is there already: one device a port"
        ]
        assert load(written(tmp_path, f"{RIGHT}\n{scanner}{second.replace('ttyS1', 'ttyS2')}"))


def test_a_display_may_be_looped_through_the_printer(tmp_path: Path) -> None:
    port = 'path = "/dev/ttyS1"\n'
    printer = f'[device.rolls]\ndriver = "serial_printer"\n{port}[receipt]\nprinter = "rolls"\n'
    assert load(written(tmp_path, f'{RIGHT}\n[device.face]\ndriver = "line_display"\n{port}{printer}'))


def test_one_terminal_has_one_forecourt_controller(tmp_path: Path) -> None:
    over_tcp = 'driver = "forecourt_tcp"\nhost = "192.0.2.70"\n'
    by_cable = 'driver = "forecourt_serial"\npath = "/dev/ttyS1"\n'
    settings = load(written(tmp_path, f"{RIGHT}\n[device.pumps]\n{over_tcp}"))
    assert [(one.name, one.kind) for one in settings.devices][-1] == ("pumps", "forecourt")
    assert said(tmp_path, f"{RIGHT}\n[device.pumps]\n{over_tcp}\n[device.other]\n{by_cable}") == [
        "device.other: there is a forecourt controller already"
    ]


def test_a_receipt_printer_that_is_no_device(tmp_path: Path) -> None:
    assert said(tmp_path, RIGHT + '\n[receipt]\nprinter = "conter"\n') == [
        "receipt.printer: no printer is called 'conter' (did you mean counter?)"
    ]


def test_two_printers_need_a_choice(tmp_path: Path) -> None:
    two = RIGHT + '\n[device.kitchen]\ndriver = "tcp_printer"\nhost = "127.0.0.2"\n'
    assert said(tmp_path, two) == ["receipt.printer: missing: one of counter, kitchen"]
    settings = load(written(tmp_path, two + '\n[receipt]\nprinter = "kitchen"\n'))
    assert settings.printer is not None
    assert settings.printer.name == "kitchen"


@pytest.mark.parametrize("driver", ["codecs", "virtual", "../x", "os", "__init__", "tcp_printer.x", ""])
def test_a_driver_name_is_never_a_path_or_another_module(tmp_path: Path, driver: str) -> None:
    (line,) = said(tmp_path, changed('driver = "tcp_printer"', f'driver = "{driver}"'))
    assert line.startswith(f"device.counter.driver: no driver is called {driver!r}")


def test_a_table_that_is_no_table(tmp_path: Path) -> None:
    assert said(tmp_path, RIGHT.replace("[device.counter]", "[device]\nfront = 1\n[device.counter]")) == [
        "device.front: expected a table, got 1"
    ]


def test_articles_and_staff_are_there_once(tmp_path: Path) -> None:
    twice = (
        RIGHT
        + """
[[catalogue.article]]
sku = "A1"
name = "Pear"
category = "fruit"
price = -1
barcodes = ["6901234567892"]

[[counter.staff]]
id = "ST-1001"
name = "小王"
"""
    )
    assert said(tmp_path, twice) == [
        "catalogue.article[2].price: expected a whole number from 1 to 10000000, got -1",
        "catalogue: sku: A1 is there twice",
        "catalogue: barcode: 6901234567892 is there twice",
        "counter.staff: id: ST-1001 is there twice",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("reach = 10000", "reach = 0", f"policy.recharge_ladder[1].reach: {FROM_1}, got 0"),
        ("bonus = 1000}", "bonus = -1}", f"policy.recharge_ladder[1].bonus: {FROM_0}, got -1"),
        ("bonus = 1000}", "bonus = 10000001}", f"policy.recharge_ladder[1].bonus: {FROM_0}, got 10000001"),
        ("price = 812", "price = 0", f"policy.grades[1].price: {FROM_1}, got 0"),
        ("price = 812", f"price = {HUGE}", f"policy.grades[1].price: {FROM_1}, got {HUGE}"),
        ("price = 812", f"price = {HUGE**2}", f"policy.grades[1].price: {FROM_1}, got {HUGE**2}"),
        ("price = 500", "price = 0", f"catalogue.article[1].price: {FROM_1}, got 0"),
        ("price = 500", f"price = {HUGE}", f"catalogue.article[1].price: {FROM_1}, got {HUGE}"),
        (
            "[policy]",
            f"[policy]\nrecharge_at_most = {HUGE}",
            f"policy.recharge_at_most: {FROM_1}, got {HUGE}",
        ),
        ("[policy]", f"[policy]\nunnamed_at_most = {HUGE}", f"policy.unnamed_at_most: {FROM_0}, got {HUGE}"),
        (
            "[policy]",
            "[policy]\ncash_step = 0",
            "policy.cash_step: expected a whole number from 1 to 100, got 0",
        ),
        (
            "[policy]",
            f'[policy]\njoin_pack = [{{ kind = "c3", face = {HUGE}, threshold = 0, count = 1 }}]',
            f"policy.join_pack[1].face: {FROM_0}, got {HUGE}",
        ),
        (
            "[policy]",
            """[policy]
join_pack = [
    { kind = "c3", face = 300, threshold = 0, count = 60 },
    { kind = "c5", face = 500, threshold = 0, count = 41 },
]""",
            "policy.join_pack: expected at most 100 coupons for one newcomer, got 101",
        ),
        (
            "[policy]",
            """[policy]
recharge_campaigns = [{ name = "冬季", since = "2026-11-24", until = "2026-11-24", ladder = [
    { reach = 100, bonus = 10 },
], pack = [
    { kind = "c3", face = 300, threshold = 0, count = 60 },
    { kind = "c5", face = 500, threshold = 0, count = 41 },
] }]""",
            "policy.recharge_campaigns[1].pack: expected at most 100 coupons for one recharge, got 101",
        ),
        (
            "[policy]",
            '[policy]\npoints = [{ family = "goods", step = 1, points = 2 }]',
            "policy.points[1]: expected at most 10000000 points for the largest sale, got 20000000",
        ),
        (
            "[policy]",
            '[policy]\npoints = [{ family = "goods" }, { family = "goods", points = 2 }]',
            "policy.points: family: goods is there twice",
        ),
        ("6901234567892", "690123", "catalogue: barcode: '690123' is none that a scanner could deliver"),
        (
            'name = "小李"',
            'name = "小李"\nbadge = "13800138000"',
            "counter.staff: badge: '13800138000' is none that a scanner could deliver",
        ),
        (
            'id = "T1"',
            'id = "T1"\noperator = "ST-1002"',
            "terminal.operator: nobody in counter.staff has that id (did you mean ST-1001?)",
        ),
        (
            "recharge_ladder",
            'second_person = ["void"]\nrecharge_ladder',
            "policy.second_person: no two people in counter.staff, one with a badge",
        ),
        (
            "recharge_ladder",
            "shift_by_pin = true\nrecharge_ladder",
            "policy.shift_by_pin: nobody in counter.staff has a badge",
        ),
        (
            "[[counter.staff]]",
            '[[counter.staff]]\nrole = "technician"',
            "counter.staff: a technician sells nothing, and there is nobody else",
        ),
        (
            "[policy]",
            '[invoice]\nclaim = "{entry}{check}"\nsecret_file = "x"\n[policy]',
            "invoice: claim lacks {amount}",
        ),
        (
            "[policy]",
            '[invoice]\nclaim = "{entry}{amount}{check}"\n[policy]',
            "invoice: a claim needs its secret_file: without it anybody could make one",
        ),
        (
            "[policy]",
            '[invoice]\nurl = "https://invoice.example"\nfolder = "f"\nsecret_file = "x"\n[policy]',
            "invoice: requests go to a url or into a folder: one of them",
        ),
        (
            "[policy]",
            '[invoice]\nurl = "http://invoice.example"\nsecret_file = "x"\n[policy]',
            "invoice: url does not begin with https://, nor is it 127.0.0.1 itself",
        ),
        (
            "[policy]",
            '[invoice]\nurl = "https://invoice.example"\n[policy]',
            "invoice: url needs a secret_file: without it nobody knows who asks",
        ),
        (
            'id = "T1"',
            f'id = "T1"\nsocket = "/run/{"x" * 120}"',
            "terminal.socket: a path of more than 107 bytes",
        ),
    ],
)
def test_what_would_go_wrong_later_is_said_now(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert said(tmp_path, changed(old, new)) == [problem]


def test_articles_may_stand_in_their_own_file(tmp_path: Path) -> None:
    (tmp_path / "articles.toml").write_text(
        '[[article]]\nsku = "B1"\nname = "米"\ncategory = "grain"\nprice = 300\nmeasured = "gram"\n'
    )
    settings = load(
        written(tmp_path, RIGHT.replace("[[catalogue", '[catalogue]\nfile = "articles.toml"\n[[catalogue'))
    )
    assert [article.sku for article in settings.articles] == ["A1", "B1"]


def test_mistakes_in_the_articles_file_name_that_file(tmp_path: Path) -> None:
    (tmp_path / "articles.toml").write_text(
        '[[article]]\nsku = "B1"\nname = "米"\ncategory = "grain"\nprice = 3.5\nmeasured = "kg"\n'
    )
    assert said(
        tmp_path, RIGHT.replace("[[catalogue", '[catalogue]\nfile = "articles.toml"\n[[catalogue')
    ) == [
        f"articles.toml.article[1].price: {FROM_1}, got 3.5",
        (
            'articles.toml.article[1].measured: expected one of "piece", "gram", "centilitre", "decagram", '
            '"centicubic", got "kg"'
        ),
    ]


def test_a_part_that_is_broken_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "articles.toml").write_text(
        '[[article]]\nsku = "A1"\nname = 5\ncategory = "grain"\nprice = -1\nbarcodes = ["69"]\n'
    )
    wrong = RIGHT.replace("[[catalogue", '[catalogue]\nfile = "articles.toml"\n[[catalogue')
    wrong = wrong.replace('id = "T1"', 'id = "T1"\noperator = "ST-1002"')
    wrong = wrong.replace('name = "小李"', 'name = "小李"\nbadge = "nobody"')
    wrong += '\n[kiosk]\nlang = "en"\n[receipt]\nprinter = "conter"\n'
    assert said(tmp_path, wrong) == [
        "kiosk.lang: unknown (did you mean language?)",
        "articles.toml.article[1].name: expected a string, got 5",
        f"articles.toml.article[1].price: {FROM_1}, got -1",
        "catalogue: sku: A1 is there twice",
        "catalogue: barcode: '69' is none that a scanner could deliver",
        "counter.staff: badge: 'nobody' is none that a scanner could deliver",
        "terminal.operator: nobody in counter.staff has that id (did you mean ST-1001?)",
        "receipt.printer: no printer is called 'conter' (did you mean counter?)",
    ]


def test_what_is_broken_is_not_said_to_be_missing(tmp_path: Path) -> None:
    wrong = changed('id = "T1"', 'id = "T1"\noperator = "ST-1001"').replace('id = "ST-1001"', "id = 1001")
    wrong = wrong.replace('host = "127.0.0.1"', "host = 5") + '\n[receipt]\nprinter = "counter"\n'
    assert said(tmp_path, wrong) == [
        "counter.staff[1].id: expected a string, got 1001",
        "device.counter.host: expected a string that is not empty, got 5",
    ]


@pytest.mark.parametrize("part", ["terminal", "counter", "policy", "catalogue", "receipt", "device"])
@pytest.mark.parametrize(
    "value", ["5", "[1, [2]]", '"x"', "{ file = 5, staff = 5, article = [5], points = 5 }"]
)
def test_parts_of_a_wrong_kind_are_said_and_break_nothing(tmp_path: Path, part: str, value: str) -> None:
    assert any(line.startswith(part) for line in said(tmp_path, f"{part} = {value}"))


def test_the_largest_that_policy_may_be_can_be_used(tmp_path: Path) -> None:
    most = changed("bonus = 1000}", "bonus = 10000000}").replace(
        "[policy]",
        '[policy]\njoin_pack = [{ kind = "c3", face = 10000000, threshold = 0, count = 100 }]\n'
        'keyed_article = { sku = "K", name = "Goods", category = "goods" }',
    )
    policy = load(written(tmp_path, most)).file.policy
    assert (policy.recharge_ladder[0].bonus, policy.join_pack[0].count) == (10_000_000, 100)
    assert policy.keyed_article.sku == "K"


def test_only_configured_drivers_are_imported(tmp_path: Path) -> None:
    path = written(tmp_path, RIGHT)
    code = (
        "import sys; from pathlib import Path; from terminal.config import load; load(Path(sys.argv[1]));"
        "print(*[name for name in sys.modules if name.startswith('terminal.drivers.')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    modules = {name.split(".")[2] for name in shown.stdout.split()} & set(drivers())
    assert modules == {"tcp_printer"}


def test_reading_the_file_loads_nothing_heavy(tmp_path: Path) -> None:
    path = written(tmp_path, RIGHT)
    code = (
        "import sys; from pathlib import Path; from terminal.config import load; load(Path(sys.argv[1]));"
        "print(*sys.modules)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    heavy = {"aiohttp", "cryptography", "PIL", "evdev", "smartcard", "asyncpg", "difflib", "click"}
    assert not heavy & {name.split(".")[0] for name in shown.stdout.split()}


@pytest.mark.parametrize("driver", drivers())
def test_every_driver_says_its_kind_and_settings_without_its_device(driver: str) -> None:
    code = (
        f"import msgspec, terminal.drivers.{driver} as driver; "
        "assert issubclass(driver.Settings, msgspec.Struct) and driver.Settings.__struct_config__.frozen; "
        "assert callable(driver.build); print(driver.KIND)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() in {
        "reader",
        "scanner",
        "printer",
        "rewriter",
        "bank_terminal",
        "forecourt",
        "signals",
        "display",
        "voice",
        "sam",
    }


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings: Settings = load(written(tmp_path, RIGHT))
    with pytest.raises(AttributeError):
        settings.file = settings.file  # type: ignore[misc]


def test_the_example_of_the_documentation_can_be_used() -> None:
    settings = load(EXAMPLE)
    assert {device.kind for device in settings.devices} == {"reader", "scanner", "printer"}
    assert settings.printer is not None
    assert settings.file.policy.recharge_ladder
    assert settings.articles


def keys_of(settings: type[msgspec.Struct]) -> set[str]:
    """Every key of a table and of the tables in it."""
    found: set[str] = set()
    for field in msgspec.structs.fields(settings):
        found.add(field.name)
        for inner in (field.type, *typing.get_args(field.type)):
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                found |= keys_of(inner)
    return found


def unexplained(text: str, name: str, settings: type[msgspec.Struct]) -> set[str]:
    """Keys that the row of that name does not speak of. A table inside has a row of its own."""
    (row,) = [line for line in text.splitlines() if line.startswith(f"| `{name}`")]
    found: set[str] = set()
    for field in msgspec.structs.fields(settings):
        inner = [one for one in typing.get_args(field.type) if isinstance(one, type)]
        tables = [one for one in inner if issubclass(one, msgspec.Struct)]
        for table in tables:
            found |= unexplained(text, field.name, table)
        if not tables and f"`{field.name}`" not in row:
            found.add(f"{name}.{field.name}")
    return found


def test_every_key_is_explained() -> None:
    text = (EXAMPLE.parent / "configuration.md").read_text()
    assert {key for key in keys_of(File) if key not in text} == set()


@pytest.mark.parametrize(
    ("heads", "page"),
    [
        (partial(listing.heads, ()), "configuration.md"),
        (partial(register.heads, ("PURPOSE",)), "members.md"),
    ],
)
def test_every_column_of_a_table_is_explained(heads: Callable[..., list[str]], page: str) -> None:
    text = (EXAMPLE.parent / page).read_text()
    assert [one for one in heads(chinese=True) if one not in text] == []
    assert [one for one in heads(chinese=False) if f"`{one}`" not in text] == []


@pytest.mark.parametrize("driver", drivers())
def test_every_key_of_a_driver_is_explained(driver: str) -> None:
    text = (EXAMPLE.parent / "configuration.md").read_text()
    settings = importlib.import_module(f"terminal.drivers.{driver}").Settings
    assert unexplained(text, driver, settings) == set()


PROMOTED = """
[promotion.less]
rule = "spend_less"
name = "满50减5"
rungs = [{ reach = 5000, less = 500 }]
"""


def test_promotions_stand_in_the_file_or_in_the_articles_own(tmp_path: Path) -> None:
    (tmp_path / "articles.toml").write_text(PROMOTED.replace("less]", "more]"))
    text = 'catalogue.file = "articles.toml"\n' + RIGHT + PROMOTED
    settings = load(written(tmp_path, text))
    assert [one.id for one in settings.tariff.promotions] == ["less", "more"]


def test_all_that_is_wrong_with_a_promotion_is_said_with_its_path(tmp_path: Path) -> None:
    wrong = PROMOTED.replace("500 }", "5001 }").replace("spend_less", "spend_les")
    assert said(tmp_path, RIGHT + wrong) == [
        "promotion.less.rule: no such rule (did you mean spend_less?)",
    ]
    assert said(tmp_path, RIGHT + PROMOTED.replace('"满50减5"', "7").replace("less = 500", "less = 0")) == [
        "promotion.less.name: expected a string like ^[^\\x00-\\x1f\\x7f-\\x9f]*\\Z, got 7",
        f"promotion.less.rungs[1].less: {FROM_1}, got 0",
    ]


def test_with_a_headquarters_what_was_done_lapses_at_a_site_and_nothing_else(tmp_path: Path) -> None:
    kept = RIGHT.replace(
        "[policy]", "[policy]\nretention = { document = 730, services = 365, member = 1825 }"
    )
    assert load(written(tmp_path, kept)).file.policy.retention.soonest == 365
    chain = '\n[headquarters]\nurl = "https://hq.example:8443"\n'
    why = "who does not come here may come elsewhere: headquarters says it (python -m hq retention)"
    assert said(tmp_path, kept + chain) == [
        f"policy.retention.document: {why}",
        f"policy.retention.member: {why}",
    ]
    for kind in ("health", "notes"):
        wrong = RIGHT.replace("[policy]", f"[policy]\nretention = {{ {kind} = 730 }}")
        assert said(tmp_path, wrong + chain) == [f"policy.retention.{kind}: {why}"]
    alone = RIGHT.replace("[policy]", "[policy]\nretention = { services = 365 }")
    assert load(written(tmp_path, alone + chain)).file.policy.retention.of_one_site.soonest == 365
    wrong = RIGHT.replace("[policy]", "[policy]\nretention = { document = 0 }")
    assert said(tmp_path, wrong) == [
        "policy.retention.document: expected a whole number from 1 to 36500, got 0"
    ]
