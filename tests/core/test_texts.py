"""Every sentence that people see has a translation with the same places in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

import terminal
from terminal.core.texts import LANGUAGES, TABLES, translated

ROOT = Path(terminal.__file__).parent
PLACES = re.compile(r"\{(\w+)\}")
SPEAKERS = {
    "says", "say", "confirm", "fill_cart", "read_card", "offer_card", "read_badge", "offer_phone",
    "read_fill", "ask_amount", "ask_cash", "ask_part", "choose_tender", "choose_way", "hand_over", "choose",
    "choose_attendant", "count_cash", "ask_rest", "ask_text", "offer_new_card", "read_member", "_reason",
    "ask_original", "ask_quantity", "found", "picked", "second",
}  # fmt: skip
"""Calls whose sentences reach a screen."""
FILES = [
    *sorted(ROOT.glob("flows/*.py")),
    *sorted(ROOT.glob("desk/*.py")),
    *sorted(ROOT.glob("core/*.py")),
    *sorted(ROOT.glob("core/pricing/**/*.py")),
]


def test_every_sentence_on_a_screen_is_translated() -> None:
    found = {key for path in FILES for key in _spoken(ast.parse(path.read_text("utf-8")))}
    assert "Cancelled. Nothing was charged." in found
    assert "Welcome back, {name}. Grade and litres?" in found
    assert "Card presented: {number}" in found
    assert _missing(found) == []


def test_every_advice_of_a_fault_is_translated() -> None:
    found = {
        key for path in sorted(ROOT.rglob("*.py")) for key in _advice(ast.parse(path.read_text("utf-8")))
    }
    assert "Paper is out. Change the roll, then press Reprint." in found
    assert _missing(found) == []


def test_no_sentence_of_a_flow_escapes_the_search() -> None:
    """What looks like a sentence in a flow is one that was found, or a docstring."""
    for path in sorted(ROOT.glob("flows/*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        docs = {node.value.value for node in ast.walk(tree) if _is_docstring(node)}
        texts = {node.value for node in ast.walk(tree) if _is_text(node)} - docs
        sentences = {text for text in texts if re.match(r"[A-Z{].*[ .?]", text)}
        assert _missing(sentences) == [], path.name


@pytest.mark.parametrize("language", TABLES)
def test_a_translation_has_the_places_of_its_sentence(language: str) -> None:
    for key, sentence in TABLES[language].items():
        assert sorted(PLACES.findall(key)) == sorted(PLACES.findall(sentence)), key
        assert sentence.strip(), key


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language.startswith("zh")])
def test_chinese_is_chinese(language: str) -> None:
    for key, sentence in TABLES[language].items():
        if re.search(r"[A-Za-z]{3}", PLACES.sub("", key)):
            assert re.search(r"[\u4e00-\u9fff]", sentence), key
        assert not re.search(r"[,.?;:!](?=[\u4e00-\u9fff]|$)", sentence), (
            f"half-width punctuation: {sentence}"
        )


def test_values_are_put_in_their_places_and_never_read_as_places() -> None:
    assert translated("Card presented: {number}", "zh-Hans", {"number": "{name}"}) == "已刷卡：{name}"
    assert translated("Card presented: {number}", "en", {"number": "****1"}) == "Card presented: ****1"
    assert translated("Cancel", "zh-Hans") == "取消"
    assert translated("a key nobody wrote", "zh-Hans") == "a key nobody wrote"


def _missing(keys: set[str]) -> list[str]:
    return sorted(f"{language}: {key}" for language in TABLES for key in keys - TABLES[language].keys())


def _spoken(tree: ast.AST) -> Iterator[str]:
    """Text arguments of calls that speak, and of `skip=`; both arms of a choice between two."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in SPEAKERS:
                yield from (text for argument in node.args[:2] for text in _texts(argument))
                yield from (
                    text for word in node.keywords if word.arg == "skip" for text in _texts(word.value)
                )
        elif isinstance(node, ast.Return) and node.value is not None:  # `_thanks` answers with a key.
            yield from (text for text in _texts(node.value) if " " in text and text[:1].isupper())


def _advice(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == "for_attendant" for target in targets):
            assert isinstance(node, ast.Assign | ast.AnnAssign)
            assert node.value is not None
            yield from _texts(node.value)


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value


def _is_docstring(node: ast.AST) -> TypeGuard[ast.Expr]:
    return isinstance(node, ast.Expr) and _is_text(node.value)


def _is_text(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_what_a_sentence_says_to_press_is_called_so() -> None:
    """Whoever reads "press X" looks for X."""
    table = TABLES["zh-Hans"]
    quoted = {one for said in table.values() for one in re.findall("“([^”]+)”", said)}
    assert quoted
    assert quoted <= set(table.values())
