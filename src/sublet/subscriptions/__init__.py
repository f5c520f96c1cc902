"""Who has agreed to what, from when to when: plans over time, add-ons, trials."""
