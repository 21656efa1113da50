"""Of the virtual shop."""
