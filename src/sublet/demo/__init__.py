"""The demonstration: a lifelike installation on this machine, and the command that runs it."""
