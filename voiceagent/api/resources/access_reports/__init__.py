"""Who opened what in a week, to read."""
