"""Every sentence that people see, in every language. English is the key."""
