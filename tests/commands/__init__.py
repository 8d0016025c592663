"""Commands, through the ledger: what each company's policy lets its people do, and what it refuses."""
