"""Typed clients of other people's protocols."""
