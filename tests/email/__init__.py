"""Reading mail: bytes in, Draft out."""
