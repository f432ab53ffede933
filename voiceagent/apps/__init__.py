"""Composition roots: the only place where concrete parts meet. One module per process."""
