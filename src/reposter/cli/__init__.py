"""The `reposter` command: one file per group of commands, each thin."""
