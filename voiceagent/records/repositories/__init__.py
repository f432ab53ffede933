"""Queries, one module per noun. The tenant filter is applied here and nowhere else; nothing here commits."""
