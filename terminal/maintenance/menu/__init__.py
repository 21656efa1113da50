"""The maintenance menu: 80x24, by keyboard alone. Only here urwid is imported, and only when it is shown."""
