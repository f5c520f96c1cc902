"""Writing people: log-ins, invitations, teams, impersonations, keys."""
