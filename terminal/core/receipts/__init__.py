"""Receipts as documents, and how a document becomes lines, bytes and a picture."""
