"""What is watched, and when."""
