"""The journal: history, outbox and webhook source in one append-only table."""
