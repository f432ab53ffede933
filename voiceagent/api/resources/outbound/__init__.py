"""May a number be called? Asked, answered, and kept as evidence. Nothing here dials."""
