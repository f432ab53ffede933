"""Any CRM with a JSON API over HTTP, described by settings."""
