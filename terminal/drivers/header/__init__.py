"""The 40-pin header of a Raspberry Pi."""
