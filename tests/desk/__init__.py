"""The desk: what it decides, and why."""
