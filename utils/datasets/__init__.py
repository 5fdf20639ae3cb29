"""Data sets that work with no network: every one comes from an installed package."""
