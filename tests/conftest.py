"""What holds for all tests: `pyproject.toml` picks this profile, a campaign may pick its own."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says how busy the machine is.
settings.register_profile("any-machine", deadline=None)
