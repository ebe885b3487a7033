"""Who uploads what to the pretend site."""
