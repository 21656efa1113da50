"""The product's drivers in the virtual machine, on devices that its kernel makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.vm.command import tried
from lab.vm.guest.trials import TRIALS
from lab.vm.ready import product_disk, ready
from lab.vm.recipe import CannotBuild

pytestmark = pytest.mark.vm

BY_SOCKET = 'SYMLINK+="card-terminal/printer-$env{ID_PATH}"'
BY_NAME = 'SYMLINK+="card-terminal/printer-$env{ID_MODEL}"'
GRABBING = "                keyboard.grab()\n"


@pytest.fixture(scope="module")
def product() -> Iterator[Path]:
    try:
        ready()
    except CannotBuild as why:
        pytest.skip(str(why))
    with product_disk() as disk:
        yield disk


@pytest.mark.parametrize("name", TRIALS)
def test_a_device_of_the_kernel_is_driven_as_it_should(product: Path, name: str) -> None:
    assert tried(product, name) == ""


def test_a_scanner_that_is_not_grabbed_is_found_out(product: Path) -> None:
    assert product
    with product_disk({"terminal/drivers/wedge/nodes.py": (GRABBING, "")}) as spoiled:
        why = tried(spoiled, "a_keyboard_scanner_is_read_and_types_into_nothing_else")
    assert "somebody else saw the keys of a grabbed scanner" in why


def test_printers_that_no_rule_names_by_their_sockets_are_found_out(product: Path) -> None:
    assert product
    with product_disk({"systemd/61-card-terminal.udev": (BY_SOCKET, BY_NAME)}) as spoiled:
        why = tried(spoiled, "two_printers_that_are_alike_have_a_name_each")
    assert "printer-platform-dummy_hcd.0-usb-0:1:1.0 never appeared" in why
