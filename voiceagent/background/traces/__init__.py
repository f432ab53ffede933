"""What the background process does, as traces for an observability system of the operator's."""
