"""Tools that an MCP server offers, made into tools of ours."""
