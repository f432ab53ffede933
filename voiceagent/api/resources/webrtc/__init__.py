"""Tokens for browser calls."""
