"""Campaigns that try to break the product, and a shop to try it in."""
