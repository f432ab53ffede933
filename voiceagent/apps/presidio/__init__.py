"""Presidio beside our own rules of redaction: a process of its own, so that what it loads, how long it thinks and how
it fails stay out of the processes that run calls (docs/decisions/0046)."""
