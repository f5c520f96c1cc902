"""The local Stripe of examples/processor, and what tests need of it: `fixtures`."""
