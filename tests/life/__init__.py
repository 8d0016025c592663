"""The five steps of a life, with the real broker, vault, spool and database of one machine."""
