"""The twelve processes, one file each."""
