"""Packages for an auditor: written from the records, signed, and verified without us."""
