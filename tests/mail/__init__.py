"""Mail: the doors smtp and imap, the way out, and mailboxes in files."""
