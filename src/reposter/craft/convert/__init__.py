"""From what a video is to what the platform takes."""
