"""Canaries: what they pass, what they never reach, and what a silent door says."""
