from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.hq.process import Headquarters


@pytest.fixture(scope="session")
def standing_hq(tmp_path_factory: pytest.TempPathFactory) -> Generator[Headquarters, None, None]:
    """One for all tests that do it no harm; each uses a merchant of its own."""
    hq = Headquarters(tmp_path_factory.mktemp("hq") / "data")
    hq.start()
    yield hq
    hq.close()


@pytest.fixture
def own_hq(tmp_path: Path) -> Generator[Headquarters, None, None]:
    """Not started yet; a test may kill it."""
    hq = Headquarters(tmp_path / "data")
    yield hq
    hq.close()
