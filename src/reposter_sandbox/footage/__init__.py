"""The world draws its own clips, so that nobody's footage is needed and every frame can be recognised."""
