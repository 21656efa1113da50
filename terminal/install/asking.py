"""The questions of a first installation: each is asked until its answer can be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from terminal.install.answers import LANGUAGES, Answers, Reader, problems
from terminal.install.box import Box
from terminal.install.found import Seen, readers, usb_printers
from terminal.install.memory import TOO_LITTLE, bears_browser

Ask = Callable[[str], str]
"""Shows a question and gives the line that was typed. Raises EOFError when nobody can answer."""

_QUESTIONS = (
    ("merchant", "Merchant, as headquarters gave it"),
    ("site", "Site, which shop this is"),
    ("terminal", "Terminal, which one in the shop"),
    ("shop", "Name of the shop, above receipts"),
    ("address", "Its address, or nothing"),
    ("phone", "Its phone, or nothing"),
    ("language", f"Language of screen and receipts ({', '.join(LANGUAGES)})"),
    ("headquarters", "Address of headquarters (https://...), or nothing"),
    ("code", "Code that headquarters made for this terminal, or nothing"),
)
_SHOWN = {
    "pcsc": "chip and contactless cards", "serial_scanner": "code scanner", "serial_reader": "card reader",
    "serial_stripe": "stripe reader", "keyboard_scanner": "code scanner", "keyboard_reader": "card reader",
    "keyboard_stripe": "stripe reader",
}  # fmt: skip


def asked(box: Box, ask: Ask) -> Answers:
    """Raises EOFError."""
    answers = Answers()
    for name, question in _QUESTIONS:
        if name == "code" and not answers.headquarters:
            continue
        answers = _until_good(box, ask, answers, name, question)
    answers = _printer(box, ask, answers)
    if answers.printer != "none":
        answers = _until_good(box, ask, answers, "paper_mm", "Width of its paper in mm (58, 80)")
    chosen = (_reader(box, ask, seen) for seen in readers(box) if not _prints(box, answers.printer, seen))
    answers = replace(answers, readers=tuple(one for one in chosen if one is not None))
    return replace(answers, screen=_screen(box, ask))


def _printer(box: Box, ask: Ask, answers: Answers) -> Answers:
    """Of several by USB each is named by its port, and `usb` alone would be none of them."""
    usb = usb_printers(box)
    kinds, first = "usb", "none"
    if len(usb) == 1:
        kinds, first = "usb (there is one)", "usb"
    elif usb:
        for one in usb:
            box.say(f"  usb:{one.port} is {one.name}")
        first = f"usb:{usb[0].port}"
        kinds = f"usb:PORT, one of {', '.join(one.port for one in usb)}"
    question = f"Receipt printer: {kinds}, tcp:ADDRESS, serial:/dev/... or none"
    while True:
        tried = _until_good(box, ask, replace(answers, printer=first), "printer", question)
        if tried.printer != "usb" or len(usb) <= 1:
            return tried
        box.say("  printer: there are several by USB: say its port, too")


def _screen(box: Box, ask: Ask) -> bool:
    if not bears_browser(box):
        box.say(f"  {TOO_LITTLE}")
        return False
    return _yes(box, ask, "Is a screen for the attendant joined to this machine")


def _until_good(box: Box, ask: Ask, answers: Answers, name: str, question: str) -> Answers:
    """Enter alone leaves what stands there."""
    before: Any = getattr(answers, name)
    while True:
        typed = ask(f"{question}{f' [{before}]' if before else ''}: ").strip()
        value: Any = typed or before
        if isinstance(before, int):
            value = int(typed) if typed.isdecimal() else before if not typed else 0
        tried = replace(answers, **{name: value})
        wrong = [one for one in problems(tried) if one.startswith(f"{name}:")]
        if not wrong:
            return tried
        box.say(f"  {wrong[0]}")


def _prints(box: Box, printer: str, seen: Seen) -> bool:
    """It is the printer that was just named, by whichever of its names."""
    kind, _, path = printer.partition(":")
    return kind == "serial" and bool(seen.path) and box.at(path).resolve() == box.at(seen.path).resolve()


def _reader(box: Box, ask: Ask, seen: Seen) -> Reader | None:
    shown = ", ".join(f"{at} {_SHOWN[driver]}" for at, driver in enumerate(seen.drivers, 1))
    choices = {str(at): driver for at, driver in enumerate(seen.drivers, 1)}
    # What may be a keyboard to type on is taken only when somebody says so.
    default = "1" if len(choices) == 1 else "0"
    while True:
        typed = ask(f"Found: {seen.name}. What is it? {shown}, 0 not used [{default}]: ").strip() or default
        if typed == "0":
            return None
        if typed in choices:
            return Reader(driver=choices[typed], path=seen.path)
        box.say(f"  one of 0 to {len(choices)}")


def _yes(box: Box, ask: Ask, question: str) -> bool:
    while True:
        typed = ask(f"{question} (y, n) [y]: ").strip().lower() or "y"
        if typed in {"y", "n"}:
            return typed == "y"
        box.say("  y or n")
