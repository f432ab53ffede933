"""The call session: wires a leg, an interaction stream, the conversation and the journal. Small on purpose."""
