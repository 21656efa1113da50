"""The installer in roots of Debian, as on a fresh machine: no compiler, no systemd, the real packages."""

from __future__ import annotations

import pytest

from lab.roots import CannotTry, tried

pytestmark = pytest.mark.vm


@pytest.mark.parametrize("name", ["bookworm", "trixie"])
def test_the_product_is_installed_upgraded_and_taken_away(name: str) -> None:
    try:
        assert tried(name)["root"] == name
    except CannotTry as why:
        pytest.skip(str(why))
