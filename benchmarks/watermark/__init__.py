"""Marks of our own on real clips: found or missed, taken away or made worse, beside the usual ways."""
