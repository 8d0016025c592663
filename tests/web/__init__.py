"""The web doors and the web form, in a real uvicorn, over real sockets, and in a real browser."""
