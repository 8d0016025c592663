"""Staff answer our letters by mail."""
