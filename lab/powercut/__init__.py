"""The power fails before every operation of the disk, and the product's own start opens what is left."""

from __future__ import annotations


def main(arguments: list[str]) -> int:
    """The shop is also opened where there is no recording disk."""
    from lab.powercut import campaign

    return campaign.main(arguments)
