"""Bytes to frames and back, without ports, threads or clocks."""
