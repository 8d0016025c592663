"""The router half."""
