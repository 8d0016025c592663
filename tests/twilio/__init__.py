"""Twilio: messages and calls, against a Twilio of our own on the wire."""
