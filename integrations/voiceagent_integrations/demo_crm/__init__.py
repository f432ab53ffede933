"""A small CRM in its own Postgres schema, so that a first call has real customers to look up."""
