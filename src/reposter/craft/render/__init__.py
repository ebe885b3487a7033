"""One finished video from one original: decode once, effects in order, encode once, verify, put in place."""
