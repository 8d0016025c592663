"""Papers: the staff page, the watched folder, and what becomes of them."""
