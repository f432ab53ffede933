"""API keys of the tenant: made, listed and revoked through the API."""
