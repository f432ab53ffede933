"""`voiceagent demo`: the whole platform on free ports, one real call into it, and what was measured on the line."""
