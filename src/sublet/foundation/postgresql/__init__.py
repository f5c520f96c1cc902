"""Django's PostgreSQL, to which each transaction tells the scope in force: see `base` and `walls`."""
