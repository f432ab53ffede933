"""Delegations by a language model: it chooses tools and finds words, and everything that it wants is decided here."""
