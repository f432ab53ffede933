"""The audit log of a tenant, to read."""
