"""When each post goes out."""
