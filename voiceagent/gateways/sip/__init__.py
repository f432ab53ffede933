"""The SIP gateway: the only place (with the test phone) that knows the SIP library. Import from its modules."""
