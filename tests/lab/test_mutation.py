"""Lines that decide about money are changed; the tests notice, and the lab notices when they do not."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from lab.mutation import explanations, modules
from lab.mutation.changes import changed, changes_of, path_of

MUTANTS = os.environ.get("MUTANTS", "80")
SEED = os.environ.get("CARD_TERMINAL_SEED", "1")
ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """In a process of its own, as it must begin before anything of the product is imported."""
    command = [sys.executable, "-m", "lab", "mutation", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.campaign
def test_no_change_of_what_decides_about_money_goes_unnoticed() -> None:
    code, said = run("--sample", MUTANTS, "--seed", SEED)
    assert said["mutants"] == int(MUTANTS)
    assert (said["survived"], said["broken"], said["stale"], said["failed_unchanged"]) == ([], [], [], [])
    assert code == 0


@pytest.mark.campaign
def test_changes_that_no_test_notices_are_told() -> None:
    code, said = run("--module", "terminal.core.spending", "--tests", "tests/core/test_codes.py")
    assert code == 1
    assert len(said["survived"]) == said["mutants"] > 0


@pytest.mark.campaign
def test_nothing_is_said_of_tests_that_fail_unchanged(tmp_path: Path) -> None:
    (tmp_path / "test_wrong.py").write_text("def test_wrong():\n    assert False\n")
    code, said = run("--module", "terminal.core.spending", "--tests", str(tmp_path))
    assert (code, said["mutants"], len(said["failed_unchanged"])) == (1, 0, 1)


def test_every_change_has_a_name_of_its_own_and_changes_something() -> None:
    changes = changes_of("terminal.core.ledger.refund")
    assert len({change.name for change in changes}) == len(changes) > 100
    as_it_is = compile(path_of("terminal.core.ledger.refund").read_bytes(), "refund", "exec")
    for change in changes[::7]:
        assert compile(changed(change), "refund", "exec") != as_it_is


def test_a_function_runs_its_change_also_where_what_its_class_did_before_it_is_taken_away() -> None:
    """A function that runs takes no code with other free variables, and `super()` is one of `__class__`."""
    module = "terminal.core.pricing.rules.coupon_gift"
    change = next(
        one for one in changes_of(module) if one.name.endswith("`super().__post_init__()` → `pass`")
    )
    free = [
        _free(compile(tree, "x", "exec"), change.function) for tree in (_as_it_is(module), changed(change))
    ]
    assert free == [("__class__",)] * 2


def _as_it_is(module: str) -> ast.Module:
    return ast.parse(path_of(module).read_bytes())


def _free(code: CodeType, function: str) -> tuple[str, ...]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    if code.co_qualname == function:
        return code.co_freevars
    return next((found for one in inner if (found := _free(one, function))), ())


def test_whatever_is_explained_is_said_in_one_sentence() -> None:
    lines = [line for line in (ROOT / "docs" / "mutants.md").read_text().splitlines() if line[:2] == "- "]
    assert len(explanations()) == len(lines)
    assert all(why.strip() for why in explanations().values())


def test_what_decides_about_money_is_there() -> None:
    assert all(path_of(module).is_file() for module in modules())
    assert "terminal.core.ledger.refund" in modules()
