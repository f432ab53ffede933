"""Callers who were put through to people, and what those have to know."""
