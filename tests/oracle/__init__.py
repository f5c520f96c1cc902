"""The second calculator: what an account owes, reckoned once more and in another way (B9)."""
