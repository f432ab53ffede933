"""Whether somebody may be called, asked of the records: when a call is asked for, and again when it is dialled."""
