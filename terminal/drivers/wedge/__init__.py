"""Keyboards that nobody types on."""
