"""Whose rows a connection sees: the roles in Postgres, the tenant of a transaction, the check before its first use."""
