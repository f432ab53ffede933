"""Erasure of one person's data."""
