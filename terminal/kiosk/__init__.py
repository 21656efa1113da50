"""The page at the counter."""
