"""The vendor portal, by topic."""
