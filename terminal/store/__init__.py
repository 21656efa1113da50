"""The ledger file: one writer, many readers."""
