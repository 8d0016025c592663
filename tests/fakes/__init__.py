"""Providers as they are on the wire, each in a process of its own, and as unkind as the real ones."""
