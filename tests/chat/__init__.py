"""The web chat: its lines, its sockets and posts, its window in a real browser."""
