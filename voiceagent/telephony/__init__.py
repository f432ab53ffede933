"""The pure call model: what happened, what it means, how it is routed and how it ended. No I/O, no clock."""
