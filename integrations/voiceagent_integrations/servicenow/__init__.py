"""ServiceNow over the Table API: contacts, cases, notes and orders of whatever tables a company uses."""
