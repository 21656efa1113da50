"""Devices that are not there, speaking the real protocols: for ./run and the tests."""
