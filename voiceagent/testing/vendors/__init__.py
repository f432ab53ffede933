"""Servers that answer as the vendors document it, for tests of connectors over real HTTP."""
