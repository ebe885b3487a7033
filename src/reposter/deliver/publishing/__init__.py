"""Out of the door: never twice, never lost, never falsely green."""
