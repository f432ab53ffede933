"""Callers who want to be called back."""
