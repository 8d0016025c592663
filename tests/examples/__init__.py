"""The examples are tested: who copies one begins with something that works."""
