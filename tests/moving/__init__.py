"""A house is copied while it runs, brought back elsewhere, and moved to other ground."""
