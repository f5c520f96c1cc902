"""What must always be true, and is looked at each night: see `checks`."""
