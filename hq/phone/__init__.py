"""The member's phone page (product.md E10): a part of headquarters on a listener of its own."""
