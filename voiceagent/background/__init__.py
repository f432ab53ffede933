"""Slower work beside the talk: tools, the agent that runs them, its own process, and the responder."""
