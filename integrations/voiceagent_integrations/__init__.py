"""Connectors to outside systems, one package per vendor; each stands alone."""
