"""May a number be called? Asked, answered, and kept as evidence. `resources.dialling` places calls."""
