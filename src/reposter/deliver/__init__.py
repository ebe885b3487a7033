"""The right post, to the right account, at the right minute, never twice."""
