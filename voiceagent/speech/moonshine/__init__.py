"""Moonshine tiny (arXiv 2410.15608): hears people over a telephone and can be held to a grammar."""
