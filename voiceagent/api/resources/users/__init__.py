"""People of the tenant: who may sign in, and as what."""
