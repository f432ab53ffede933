"""The timeline picture: one call as a self-contained SVG. Pure: values in, text out."""
