"""Deleting what has expired: which calls, which rows, which files; and what of them may arrive afterwards."""
