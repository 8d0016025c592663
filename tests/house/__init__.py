"""A house as a whole, in this process."""
