"""Calls: their records, events live and past, words, recordings, and hanging up."""
