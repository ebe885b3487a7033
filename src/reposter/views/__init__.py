"""Read-only questions across features: the only code that joins their tables; it never writes."""
