"""The bench: opens, reads and writes media files; nothing here knows what a step or a target is."""
