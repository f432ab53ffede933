"""Rehearsals: calls of an agent in memory, on a virtual clock, for `voiceagent test` and the pytest fixture `call`."""
