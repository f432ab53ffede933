"""Closed-loop evaluation on scenario sets."""
