"""What is asked of the ledger, and its projections made anew."""
