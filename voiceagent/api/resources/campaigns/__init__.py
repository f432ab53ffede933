"""Campaigns: lists of people whom an agent calls, as fast as lines and rules allow."""
