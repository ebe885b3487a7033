"""Second pass: gives the picture under a known mark back, frame by frame."""
