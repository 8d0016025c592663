"""The demo as a new user sees it."""
