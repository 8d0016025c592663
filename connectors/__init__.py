"""One file (or folder) per channel; siblings never import each other."""
