"""The words beside the video."""
