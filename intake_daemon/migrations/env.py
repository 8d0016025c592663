"""Alembic's way in: the connection and its transaction are store.py's."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
context.run_migrations()
