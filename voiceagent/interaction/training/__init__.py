"""Made data and training of the duplex network; runs offline, never in a call."""
