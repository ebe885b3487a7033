"""The pretend web site and its CDN, reached through a forward proxy."""
