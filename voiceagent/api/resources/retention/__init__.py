"""Retention: policies, reports of purges, and what will become of one call."""
