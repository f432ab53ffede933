"""Rules of places as versioned data: what a pack says, what several say together, and what follows for a call.

Decisions are pure; only `loading` and `place` read files, those of the package among them. When several packs apply,
the most restrictive value of each field counts (`rules`). Not legal advice: no shipped pack is signed off by counsel.
"""
