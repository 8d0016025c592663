"""The `intake` command, typed as an operator types it."""
