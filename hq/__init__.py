"""Headquarters: takes every entry exactly once and keeps the chain."""
