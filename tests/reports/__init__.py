"""A brand's month in counts."""
