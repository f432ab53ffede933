"""Exports: packages of calls that are made in the background and downloaded for a while."""
