"""Zendesk: end users, tickets, and orders in a custom object."""
