"""A request that is sent twice has one effect: answers kept under the caller's key, in the transaction of the effect."""
