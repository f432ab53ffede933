"""Erasure of one person's data: the names of a person, what must stay, and the receipt."""
