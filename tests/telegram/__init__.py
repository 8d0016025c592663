"""Telegram: the connector against a Bot API of our own on the wire, and the fake itself against two other libraries."""
