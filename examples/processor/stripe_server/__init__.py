"""A local Stripe for tests and for the demonstration: ../README.md says what is like Stripe and what is not."""
