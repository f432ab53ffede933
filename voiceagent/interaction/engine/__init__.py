"""Slots, batching and deadlines around a duplex model."""
