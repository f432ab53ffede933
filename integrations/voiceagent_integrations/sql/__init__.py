"""Any PostgreSQL database, by queries in the settings."""
