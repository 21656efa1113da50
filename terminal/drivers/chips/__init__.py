"""The thread that watches readers of chip cards and talks to what lies on them."""
