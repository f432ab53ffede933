"""HubSpot: contacts, orders, tickets and notes."""
