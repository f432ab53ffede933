"""How long what belongs to a call lives, and which rule says so. Pure."""
