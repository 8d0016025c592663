"""The desk: who, what, under which promise, by whom, in which words."""
