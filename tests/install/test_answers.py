"""What a box is told: from a file, all mistakes at once; and the configuration that comes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from terminal.config import load
from terminal.drivers import tcp_printer
from terminal.install.answers import (
    DRIVERS,
    Answers,
    Reader,
    configuration,
    has_screen,
    problems,
    read,
    with_found,
)
from terminal.install.box import NotInstalled

NEEDED = 'merchant = "M1"\nsite = "S1"\nterminal = "T1"\nshop = "青山便利店"\n'
CODE = f"{'A' * 8}-{'B' * 24}-{'C' * 16}"
WHOLE = Answers(
    merchant="M1",
    site="S1",
    terminal="T1",
    shop='小"店"\\',
    address="青山路 8 号",
    phone="021-5550 1234",
    language="en",
    printer="serial:/dev/serial/by-id/usb-printer",
    paper_mm=58,
    readers=(
        Reader(driver="pcsc"),
        Reader(driver="keyboard_scanner", path="/dev/input/by-id/usb-s-event-kbd"),
    ),
    headquarters="https://hq.example:8420",
    code=CODE,
)


def test_the_least_that_must_be_said() -> None:
    assert read(NEEDED, "box") == Answers(merchant="M1", site="S1", terminal="T1", shop="青山便利店")


def test_everything_that_can_be_said() -> None:
    text = NEEDED + (
        'address = "A"\nphone = "1"\nlanguage = "en"\nprinter = "usb"\npaper_mm = 58\nfound = true\n'
        f'headquarters = "https://hq.example"\ncode = "{CODE}"\nscreen = false\ndata = "/dev/mmcblk0p3"\n'
        'readers = [{ driver = "pcsc" }, { driver = "serial_reader", path = "/dev/ttyUSB0" }]\n'
    )
    assert read(text, "box") == Answers(
        merchant="M1", site="S1", terminal="T1", shop="青山便利店", address="A", phone="1", language="en",
        printer="usb", paper_mm=58, found=True, headquarters="https://hq.example", code=CODE, screen=False,
        data="/dev/mmcblk0p3",
        readers=(Reader(driver="pcsc"), Reader(driver="serial_reader", path="/dev/ttyUSB0")),
    )  # fmt: skip


def test_one_file_serves_many_boxes() -> None:
    text = NEEDED + '[box.till-1]\nterminal = "T7"\n[box.till-2]\nterminal = "T8"\ncode = ""\n'
    assert [read(text, box).terminal for box in ("till-1", "till-2")] == ["T7", "T8"]
    with pytest.raises(NotInstalled, match=r"no \[box\.till-3\]"):
        read(text, "till-3")


@pytest.mark.parametrize("text", ["box = 1\n", "[[box.till-1]]\n", "[box]\ntill-1 = 1\n"])
def test_boxes_of_another_shape_are_refused(text: str) -> None:
    with pytest.raises(NotInstalled, match=r"no \[box\.till-1\]"):
        read(NEEDED + text, "till-1")


def test_all_mistakes_are_said_at_once() -> None:
    text = (
        'merchant = 1\nsite = "S 1"\nterminal = "T1"\ncolour = "red"\nscreen = "yes"\npaper_mm = true\n'
        'readers = [{ path = "/dev/x" }, { driver = "pcsc", path = 1 }]\n'
    )
    with pytest.raises(NotInstalled) as refused:
        read(text, "box")
    assert str(refused.value).splitlines() == [
        "the answers cannot be used:",
        "merchant: expected text",
        "colour: not known",
        "screen: expected true or false",
        "paper_mm: expected a whole number",
        'readers[1]: expected { driver = "...", path = "/dev/..." }',
        'readers[2]: expected { driver = "...", path = "/dev/..." }',
        "merchant: 1 to 16 letters, digits or _, as headquarters gave it",
        "site: 1 to 16 letters, digits or _, as headquarters gave it",
        "shop: the shop's name, as it stands above receipts: 1 to 200 characters",
    ]


def test_what_is_no_toml_or_no_list_is_refused() -> None:
    with pytest.raises(NotInstalled, match="no TOML"):
        read("merchant = ", "box")
    with pytest.raises(NotInstalled, match=r"readers\[1\]: expected"):
        read(NEEDED + "readers = 1\n", "box")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("merchant", ["M", "M" * 16, "a_9"], ["", "M" * 17, "M-1", "M\n"]),
        ("site", ["S1", "training"], ["", "S 1", "TRAINING"]),
        ("shop", ["x", "店", "x" * 200], ["", " ", "\u3000", "a\nb", "x" * 201]),
        ("address", ["", "x"], ["\x7f", "a\tb", "x" * 201]),
        ("phone", ["", "021-1"], ["\n"]),
        ("language", ["zh-Hans", "zh-Hant", "en"], ["", "de"]),
        ("printer",
         ["none", "usb", "usb:1-1.3", "usb:2-1", "tcp:192.0.2.60", "tcp:printer.example", "tcp:a:1",
          "tcp:192.0.2.60:65535",
          "tcp:2001:db8::1", "serial:/dev/ttyS0"],
         ["", "usb:", "usb:1", "usb:1-", "usb:1-1.", "usb:lp0", "none:", "tcp:",
          "tcp:a b", "tcp:a:", "tcp:a:0", "tcp:a:65536", "tcp:a:b", "tcp:1:2:3",
          "tcp:[::1]:9100", "serial:", "serial:ttyS0", "lpt:/dev/lp0"]),
        ("paper_mm", [58, 80], [0, 57, 81]),
        ("headquarters", ["", "https://hq.example", "https://hq.example:8420/"],
         ["http://hq.example", "https://", "https://a b", "https://h:99999", "https://u:p@h/", "https://[",
          "https://h/path", "https://h?q", f"https://{'h' * 500}"]),
        ("data", ["", "/dev/sda1"], ["sda1", "/dev/", "/dev/a b"]),
    ],
)  # fmt: skip
def test_an_answer_has_its_shape(name: str, good: list[object], bad: list[object]) -> None:
    def wrong(value: object) -> list[str]:
        answers = Answers(merchant="M1", site="S1", terminal="T1", shop="S")
        return list(problems(replace(answers, **{name: value})))  # type: ignore[arg-type]

    assert [value for value in good if wrong(value)] == []
    assert [
        value for value in bad if len(wrong(value)) != 1 or not wrong(value)[0].startswith(f"{name}:")
    ] == []


@pytest.mark.parametrize(
    ("reader", "wrong"),
    [
        (Reader(driver="pcsc"), ""),
        (Reader(driver="pcsc", path="/dev/x"), "readers[1].path: pcscd knows"),
        (Reader(driver="serial_stripe", path="/dev/x"), ""),
        (Reader(driver="serial_stripe"), "readers[1].path: /dev/..."),
        (Reader(driver="serial_stripe", path="x"), "readers[1].path: /dev/..."),
        (Reader(driver="usb_printer", path="/dev/x"), "readers[1].driver: one of pcsc"),
    ],
)
def test_a_reader_has_a_driver_and_a_place(reader: Reader, wrong: str) -> None:
    answers = Answers(merchant="M1", site="S1", terminal="T1", shop="S", readers=(reader,))
    found = list(problems(answers))
    assert [one.startswith(wrong) for one in found] == ([True] if wrong else [])


def test_a_code_is_of_some_headquarters() -> None:
    answers = Answers(merchant="M1", site="S1", terminal="T1", shop="S", code=CODE)
    assert list(problems(answers)) == ["code: of no headquarters"]
    assert list(problems(replace(answers, headquarters="https://hq.example"))) == []


@pytest.mark.parametrize("code", ["   ", "c", "A" * 5_000, f"{CODE}{' ' * 60}", f"{CODE}1"])
def test_what_headquarters_would_never_make_is_no_code(code: str) -> None:
    answers = replace(WHOLE, code=code)
    assert [one[:6] for one in problems(answers)] == ["code: "]
    assert list(problems(replace(answers, code=f" {CODE.lower()}"))) == []


@pytest.mark.parametrize(
    ("printer", "paths", "wrong"),
    [
        ("none", ["/dev/a", "/dev/b", "/dev/a"], "readers[3].path: readers[1] is there already"),
        ("serial:/dev/b", ["/dev/a", "/dev/b"], "readers[2].path: the printer is there already"),
        ("serial:/dev/c", ["/dev/a", "/dev/b"], ""),
        ("none", ["", "/dev/b", ""], "readers[3].driver: one pcsc reads at all chip card readers"),
    ],
)
def test_a_port_has_one_device(printer: str, paths: list[str], wrong: str) -> None:
    rows = tuple(Reader(driver="serial_reader" if path else "pcsc", path=path) for path in paths)
    found = list(problems(replace(WHOLE, printer=printer, readers=rows)))
    assert [one.startswith(wrong) for one in found] == ([True] if wrong else [])


_ANY_LINE = st.text(max_size=220) | st.sampled_from(["", " ", "店", '"\\', "TRAINING", "x" * 201])
_GOOD_PATHS = st.sampled_from(["/dev/a", "/dev/b", "/dev/../x", '/dev/"\\'])
_PATHS = _GOOD_PATHS | _ANY_LINE
_READERS = st.one_of(
    st.builds(Reader, driver=st.sampled_from(DRIVERS[1:]), path=_GOOD_PATHS),
    st.builds(Reader, driver=st.sampled_from(DRIVERS), path=_PATHS),
)
_HOSTS = st.sampled_from(
    [
        "hq.example",
        "h:99999",
        "h:",
        "u:p@h",
        "[",
        "[::1]",
        "[::1",
        "h/",
        "h/p",
        "h?",
        "h#f",
        "a b",
        "h\\x",
        "",
    ]
)


@given(
    site=st.sampled_from(["S1", "TRAINING"]) | _ANY_LINE,
    merchant=st.sampled_from(["M1", "M" * 16, "M\n"]) | _ANY_LINE,
    lines=st.tuples(*[_ANY_LINE] * 3),
    headquarters=st.one_of(_HOSTS.map("https://{}".format), _ANY_LINE, st.just("")),
    code=st.sampled_from([CODE, "", CODE.lower(), f"{CODE}{' ' * 60}", " "]) | _ANY_LINE,
    printer=st.sampled_from(["none", "usb"])
    | st.from_regex(r"usb:[0-9.-]+", fullmatch=True)
    | _GOOD_PATHS.map("serial:{}".format)
    | st.tuples(st.sampled_from(["tcp:", "serial:"]), _PATHS | _HOSTS).map("".join),
    readers=st.lists(_READERS, max_size=3),
    screen=st.booleans(),
)
def test_the_terminal_can_use_whatever_is_not_refused(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    site: str,
    merchant: str,
    lines: tuple[str, str, str],
    headquarters: str,
    code: str,
    printer: str,
    readers: list[Reader],
    screen: bool,
) -> None:
    shop, address, phone = lines
    given_ = replace(
        WHOLE, site=site, merchant=merchant, shop=shop, address=address, phone=phone, code=code,
        headquarters=headquarters, printer=printer, readers=tuple(readers), screen=screen,
    )  # fmt: skip
    # What is refused gives way to what is good, so that every other answer still reaches the terminal.
    wrong = {one.partition(":")[0].partition("[")[0] for one in problems(given_)}
    answers = replace(given_, **{name: getattr(WHOLE, name) for name in wrong})
    assume(not list(problems(answers)))
    file = tmp_path_factory.getbasetemp() / "terminal.toml"
    file.write_text(configuration(answers))
    settings = load(file)
    assert (settings.file.terminal.site, settings.file.shop.name) == (answers.site, answers.shop)
    assert len(settings.devices) == len(answers.readers) + (answers.printer != "none")


@pytest.mark.parametrize(
    "printer",
    [
        "none",
        "usb",
        "usb:1-1.3",
        "tcp:192.0.2.60",
        "tcp:192.0.2.60:9101",
        "tcp:2001:db8::1",
        "serial:/dev/ttyS0",
    ],
)
@pytest.mark.parametrize("screen", [True, False])
def test_the_terminal_can_use_what_was_answered(tmp_path: Path, printer: str, *, screen: bool) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text(configuration(replace(WHOLE, printer=printer, screen=screen)))
    settings = load(file)
    assert settings.file.shop.name == WHOLE.shop
    assert (settings.file.headquarters.url, settings.file.headquarters.code) == (
        WHOLE.headquarters,
        WHOLE.code,
    )
    drivers = [device.driver for device in settings.devices]
    kind = printer.partition(":")[0]
    wanted = ["pcsc", "keyboard_scanner", *([] if kind == "none" else [f"{kind}_printer"])]
    assert drivers == wanted
    assert (settings.printer is None) is (printer == "none")
    assert settings.printer is None or settings.printer.settings.columns == 32
    if kind == "usb" and settings.printer is not None:
        assert settings.printer.settings.port == printer.removeprefix("usb").removeprefix(":")
    assert has_screen(file.read_text()) is screen


@pytest.mark.parametrize(
    ("printer", "reached"),
    [
        ("tcp:192.0.2.60", ("192.0.2.60", 9100)),
        ("tcp:printer.example:1", ("printer.example", 1)),
        ("tcp:2001:DB8:0:0::1", ("2001:db8::1", 9100)),
    ],
)
def test_a_printer_is_reached_where_it_was_said_to_be(
    tmp_path: Path, printer: str, reached: tuple[str, int]
) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text(configuration(replace(WHOLE, printer=printer)))
    found = load(file).printer
    assert found is not None
    assert isinstance(found.settings, tcp_printer.Settings)
    assert (found.settings.host, found.settings.port) == reached


@pytest.mark.parametrize(
    "text", ["", "kiosk = 1", "[kiosk]\nport = 1", "[kiosk", '[kiosk]\nlink_file = "/x"']
)
def test_a_configuration_that_names_no_link_of_the_screen_has_none(text: str) -> None:
    assert not has_screen(text)


def test_what_is_found_comes_behind_what_is_named_and_once() -> None:
    named = Answers(readers=(Reader(driver="serial_reader", path="/dev/a"),))
    found = (Reader(driver="serial_scanner", path="/dev/a"), Reader(driver="pcsc"))
    assert with_found(named, found).readers == (*named.readers, Reader(driver="pcsc"))
