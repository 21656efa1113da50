"""The questions of a first installation, as a dialogue; and what is found plugged in."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.install.answers import Answers, Reader
from terminal.install.asking import asked
from terminal.install.found import Seen, UsbPrinter, certain, readers, usb_printers
from terminal.install.memory import TOO_LITTLE
from tests.install.machine import Machine

CODE = f"{'A' * 8}-{'B' * 24}-{'C' * 16}"


def dialogue(box: Machine, *typed: str) -> tuple[Answers, list[str]]:
    """What came of it, and what was asked."""
    lines = iter(typed)
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    answers = asked(box, ask)
    assert next(lines, None) is None
    return answers, questions


def printer(box: Machine, number: int, port: str, *says: str) -> None:
    """As usblp and udev leave it behind; `says`: maker, product and serial number."""
    usb = box.at(f"/sys/devices/usb1/{port}")
    inside = usb / f"{port}:1.0/usbmisc/lp{number}"
    inside.mkdir(parents=True)
    told = zip(
        ("idVendor", "idProduct", "manufacturer", "product", "serial"), ("0483", "5743", *says), strict=False
    )
    for name, text in told:
        (usb / name).write_text(f"{text}\n")
    link = box.at(f"/sys/class/usbmisc/lp{number}")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(inside)


def plugged(box: Machine) -> None:
    for name in (
        "sys/bus/usb/devices/1-1:1.0/bInterfaceClass",
        "dev/serial/by-id/usb-1a86_USB_Serial-if00-port0",
        "dev/input/by-id/usb-Sycreader-event-kbd",
        "dev/input/by-id/usb-Mouse-event-mouse",
    ):
        box.at(name).parent.mkdir(parents=True, exist_ok=True)
        box.at(name).touch()
    printer(box, 0, "1-1.2", "Xprinter", "POS-80")
    box.at("sys/bus/usb/devices/1-1:1.0/bInterfaceClass").write_text("0b\n")


def test_enter_alone_takes_what_stands_there(tmp_path: Path) -> None:
    answers, questions = dialogue(
        Machine(tmp_path / "box"), "M1", "S1", "T1", " Shop ", "", "", "", "", "", ""
    )
    assert answers == Answers(merchant="M1", site="S1", terminal="T1", shop="Shop", screen=True)
    assert questions[6] == "Language of screen and receipts (zh-Hans, zh-Hant, en) [zh-Hans]: "
    assert not [one for one in questions if "Code" in one or "paper" in one]


def test_a_whole_counter(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    plugged(box)
    answers, questions = dialogue(
        box, "M1", "S1", "T1", "Shop", "Road 8", "021", "en", "https://hq.example", CODE, "", "58",
        "", "1", "2", "n",
    )  # fmt: skip
    assert answers == Answers(
        merchant="M1", site="S1", terminal="T1", shop="Shop", address="Road 8", phone="021", language="en",
        headquarters="https://hq.example", code=CODE, printer="usb", paper_mm=58, screen=False,
        readers=(
            Reader(driver="pcsc"),
            Reader(driver="serial_scanner", path="/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0"),
            Reader(driver="keyboard_reader", path="/dev/input/by-id/usb-Sycreader-event-kbd"),
        ),
    )  # fmt: skip
    assert questions[9] == "Receipt printer: usb (there is one), tcp:ADDRESS, serial:/dev/... or none [usb]: "


def test_what_cannot_be_used_is_asked_again(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    plugged(box)
    answers, _ = dialogue(
        box, "", "M 1", "M1", "S1", "T1", "Shop", "", "", "de", "en", "", "usb", "x", "57", "58",
        "2", "0", "4", "3", "", "maybe", "Y",
    )  # fmt: skip
    assert (answers.merchant, answers.language, answers.paper_mm) == ("M1", "en", 58)
    assert answers.readers == (
        Reader(driver="serial_stripe", path="/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0"),
    )
    assert box.said == [
        "  merchant: 1 to 16 letters, digits or _, as headquarters gave it",
        "  merchant: 1 to 16 letters, digits or _, as headquarters gave it",
        "  language: one of zh-Hans, zh-Hant, en",
        "  paper_mm: one of 58, 80",
        "  paper_mm: one of 58, 80",
        "  one of 0 to 1",
        "  one of 0 to 3",
        "  y or n",
    ]


def test_what_the_terminal_would_refuse_is_refused_at_its_question(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    answers, _ = dialogue(
        box, "M1", "TRAINING", "S1", "T1", " ", "Shop", "", "", "", "https://h:99999", "https://u:p@h/",
        "https://[", "https://h/path", "https://hq.example", "x" * 5_000, CODE, "", "",
    )  # fmt: skip
    assert (answers.site, answers.headquarters, answers.code) == ("S1", "https://hq.example", CODE)
    write = "https://HOST or https://HOST:PORT"
    assert box.said == [
        "  site: TRAINING is what the ledger for training is called: another one, as headquarters gave it",
        "  shop: the shop's name, as it stands above receipts: 1 to 200 characters",
        f"  headquarters: is no address: {write}",
        f"  headquarters: names a user: what follows that would be the host: {write}",
        f"  headquarters: is no address: {write}",
        f"  headquarters: has more than a host and a port: {write}",
        "  code: a code has 8, 24 and 16 of the characters A-Z and 2-7, as headquarters made it",
    ]


def test_of_two_printers_without_serial_numbers_each_is_offered_by_its_port(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    printer(box, 0, "1-1.4", "Xprinter", "POS-80")
    printer(box, 1, "1-1.3", "Xprinter", "POS-80")
    printer(box, 2, "1-2", "\x1b[2J")
    said = [
        "  usb:1-1.3 is Xprinter POS-80",
        "  usb:1-1.4 is Xprinter POS-80",
        "  usb:1-2 is 0483:5743",
    ]
    answers, questions = dialogue(
        box, "M1", "S1", "T1", "Shop", "", "", "", "", "usb", "usb:1.4", "usb:1-1.4", "", ""
    )
    assert answers.printer == "usb:1-1.4"
    shown = "usb:PORT, one of 1-1.3, 1-1.4, 1-2, tcp:ADDRESS, serial:/dev/... or none"
    assert questions[8] == f"Receipt printer: {shown} [usb:1-1.3]: "
    wanted = "none, usb, usb:PORT, tcp:HOST, tcp:HOST:PORT or serial:/dev/..."
    assert box.said == [
        *said,
        "  printer: there are several by USB: say its port, too",
        f"  printer: {wanted}",
    ]
    answers, _ = dialogue(box, "M1", "S1", "T1", "Shop", "", "", "", "", "", "", "")
    assert answers.printer == "usb:1-1.3"


def test_the_printer_that_was_named_is_no_reader(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    for port in ("printer", "scanner"):
        link = box.at(f"/dev/serial/by-id/{port}")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"../../ttyUSB-{port}")
    for named in ("/dev/serial/by-id/printer", "/dev/ttyUSB-printer"):
        answers, questions = dialogue(
            box, "M1", "S1", "T1", "Shop", "", "", "", "", f"serial:{named}", "", "1", ""
        )
        assert [one.path for one in answers.readers] == ["/dev/serial/by-id/scanner"]
        assert len([one for one in questions if one.startswith("Found")]) == 1


@pytest.mark.parametrize(("kib", "asked"), [(425_000, False), (1_699_999, False), (1_868_000, True)])
def test_where_no_browser_runs_nobody_is_asked_for_a_screen(tmp_path: Path, kib: int, asked: bool) -> None:  # noqa: FBT001  a column
    box = Machine(tmp_path / "box")
    box.at("/proc/meminfo").write_text(f"MemTotal:       {kib} kB\nMemFree: 1 kB\n")
    answers, questions = dialogue(box, "M1", "S1", "T1", "Shop", "", "", "", "", "", *[""] * asked)
    assert answers.screen is asked
    assert any("screen for the attendant" in one for one in questions) is asked
    assert box.said == ([] if asked else [f"  {TOO_LITTLE}"])


def test_nobody_who_answers_ends_it(tmp_path: Path) -> None:
    with pytest.raises(EOFError):
        dialogue(Machine(tmp_path / "box"), "M1")


def test_only_what_can_be_one_thing_is_certain(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    assert (readers(box), usb_printers(box)) == ([], [])
    plugged(box)
    seen = readers(box)
    assert [one.path.rpartition("/")[2] for one in seen] == [
        "", "usb-1a86_USB_Serial-if00-port0", "usb-Sycreader-event-kbd",
    ]  # fmt: skip
    assert certain(seen) == (Reader(driver="pcsc"),)
    assert usb_printers(box) == [UsbPrinter(name="Xprinter POS-80", port="1-1.2")]
    box.at("sys/bus/usb/devices/1-1:1.0/bInterfaceClass").write_text("03\n")
    assert certain(readers(box)) == ()
    assert certain([Seen(name="x", path="/dev/x", drivers=("a", "b"))]) == ()
