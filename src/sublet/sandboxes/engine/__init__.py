"""The process in which a sandbox lives: a database of its own, a clock that stands still, and no way to the outside.

Only `engine.child` is started, by `sandboxes.running`. The product's own jobs do all the work; what is written here is when they come
round, who answers in place of the payment processor, and what is told of it.
"""
