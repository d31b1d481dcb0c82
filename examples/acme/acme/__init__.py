"""Acme's sales regulation: the shipped one, and what Acme does otherwise."""
