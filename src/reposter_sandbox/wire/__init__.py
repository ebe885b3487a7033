"""A small HTTP/1.1 server of our own, because a pretend world must also be able to break its answers."""
