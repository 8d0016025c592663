"""Real servers for the tests: RabbitMQ, PostgreSQL, Dovecot, Postfix and Chromium, as private instances.

Rules
- A server runs on free ports of 127.0.0.1, with everything that it writes in a temporary folder of the session, and is
  started when a test first asks for its fixture.
- It ends with the session, also when pytest is killed: each one is a child of a `guard` (guard.py) that notices.
- A class per server, with methods to stop, kill and start it, so that a test can break it and see what we do.
- What is not installed is skipped by name; as root nothing may be skipped (plugin.py).
"""
