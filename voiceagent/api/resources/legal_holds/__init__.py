"""Legal holds: orders that stop deletion, released by two people."""
