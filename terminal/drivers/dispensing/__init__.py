"""Forecourt controllers, however they are reached."""
