"""Writing the tree: each function is one use case, one transaction, one journal entry."""
