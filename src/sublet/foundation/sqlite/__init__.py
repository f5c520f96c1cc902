"""Django's SQLite, whose writers wait for one another fairly: see `base`."""
