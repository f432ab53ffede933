"""What changes the world: proposed, confirmed by the caller, committed once."""
