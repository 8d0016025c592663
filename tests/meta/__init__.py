"""The connector `meta`: WhatsApp, Messenger, Instagram."""
