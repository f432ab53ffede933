"""Serves the interaction engine over one WebSocket per call, and the client that gateways use."""
