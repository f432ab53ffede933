"""Dynamics 365 over the Dataverse Web API: contacts, cases (incidents), notes and sales orders."""
