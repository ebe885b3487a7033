"""Which videos a source has, and which of them are wanted."""
