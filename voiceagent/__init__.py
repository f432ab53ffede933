"""A telephony voice-agent platform: one duplex interaction model answers real calls."""

__version__ = "0.1.0"
