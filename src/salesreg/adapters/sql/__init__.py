"""What the stores on SQLite and on PostgreSQL have in common: their tables, their rows, and what is asked of them."""
