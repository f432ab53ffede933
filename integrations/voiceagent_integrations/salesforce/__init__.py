"""Salesforce: contacts, orders and cases; notes in a custom object."""
