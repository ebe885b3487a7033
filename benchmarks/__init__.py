"""One script per claim; each ends in one line of JSON."""
