"""The hook: signed posts of any other system, and their mappings."""
