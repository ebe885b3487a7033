"""From a source to a verified original on disk."""
