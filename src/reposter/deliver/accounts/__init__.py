"""Who we post as."""
