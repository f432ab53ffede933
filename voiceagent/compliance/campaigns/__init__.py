"""Campaigns: what follows from how a call ended. The gate of outbound calls has the last word on every single call."""
