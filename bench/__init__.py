"""Floors and ratios: what the product costs beside the bare minimum."""
