"""From commands to postings: one function for each kind of transaction."""
