"""The API: who may do and read what, and how it answers."""
