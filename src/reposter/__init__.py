"""Reposter: a self-hosted line from a source of videos to a proven post.

acquire → craft → deliver → evaluate, with guard watching. Features are nouns inside a stage and know nothing of
one another; `pipeline` joins them as durable workflows, `views` reads across them, `api` and `cli` are the doors.
"""

__version__ = "0.1.0"
