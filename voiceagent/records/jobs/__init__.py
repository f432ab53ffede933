"""Work that must be done once something is in the records, and is tried again until it is: a queue in Postgres."""
