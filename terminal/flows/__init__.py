"""The attendant's scripts, one file a flow."""
