"""Erasure of one person's data: which calls are theirs, sealed numbers, and the tombstones outside of the database."""
