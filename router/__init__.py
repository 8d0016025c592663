"""The desk: what a contact is, under which promise it stands, who works on it, and which words are owed."""
