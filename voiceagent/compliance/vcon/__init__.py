"""Calls as vCons (draft-ietf-vcon-vcon-core): made, checked, signed. Own code, for reasons in decision 0033."""
