"""The catalogue: every video we ever met, where its files are and how far it has come."""
