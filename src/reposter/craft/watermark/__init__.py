"""Finds a mark that was drawn over a clip, and gives the picture under it back."""
