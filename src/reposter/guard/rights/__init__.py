"""On what ground each source's videos may be used, and what that allows."""
