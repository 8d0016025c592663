"""What somebody wants from us: phrases in six languages, and what must never be set aside."""
