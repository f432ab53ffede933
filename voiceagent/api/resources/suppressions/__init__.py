"""Who must not be called: the tenant's own list, and versions of lists from outside."""
