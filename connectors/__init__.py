"""One file, or one folder, per channel. Siblings never import each other; they are found through entry points."""
