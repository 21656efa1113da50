"""The member terminal: cards and codes in, exact money and receipts out."""
