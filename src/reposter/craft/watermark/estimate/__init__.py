"""How a mark mixes with the picture under it, learnt from the clip itself."""
