"""Reconciling: sources, vault and contacts against each other."""
