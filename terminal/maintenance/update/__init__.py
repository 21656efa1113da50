"""Another release on this machine: whether it may be believed, where it lies, whether it runs well."""
