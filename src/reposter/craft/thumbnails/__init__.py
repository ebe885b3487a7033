"""The stills that show a video before it plays."""
