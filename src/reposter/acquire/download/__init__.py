"""One wanted video, fetched and verified."""
