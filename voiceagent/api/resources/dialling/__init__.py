"""Calls that somebody asks us to place."""
