"""Finds a mark that somebody drew over a clip, by its jumps, by its picture, or where a person pointed."""
