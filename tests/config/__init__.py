"""Configurations: a good one, and bad ones each with the words that an operator must read."""
