"""More comes in than goes: played against a running daemon."""
