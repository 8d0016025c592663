"""The calls connector: transcripts of telephone calls."""
