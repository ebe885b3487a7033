"""Values that every folder agrees on; no behaviour that needs the outside."""
