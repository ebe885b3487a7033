"""What a source's videos know together of its marks."""
