"""What came of the posts."""
