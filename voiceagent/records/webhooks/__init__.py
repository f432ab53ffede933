"""News of calls for other systems: entered with the events themselves, so that none is lost and none made up."""
