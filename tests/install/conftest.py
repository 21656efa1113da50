from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.telling import fast_folder


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory: hundreds of installations wait for no disk."""
    with tempfile.TemporaryDirectory(dir=fast_folder()) as folder:
        yield Path(folder)
