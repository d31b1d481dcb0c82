"""Adapters of the ports, one file each; an adapter imports the ports and never the engine."""
