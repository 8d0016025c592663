"""The acceptance rows of the four companies' policies (rows.csv): each is a test with its ID as name."""
