"""How a post is doing, sampled at fixed ages."""
