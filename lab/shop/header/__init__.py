"""Goes in front of the terminal's module path: the header of the virtual shop instead of a Pi's."""
