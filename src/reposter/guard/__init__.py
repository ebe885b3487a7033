"""The line keeps running, and says so when it cannot."""
