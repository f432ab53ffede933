"""Tells other systems what happened in calls: signed, tried again, and never to an address of our own network."""
