"""Readers of magnetic stripes (UnifiedPOS: MSR)."""
