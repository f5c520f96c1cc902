"""The few operations that a product asks thousands of times a second, answered without Django's request stack.

`normal` is the ordinary API in the same process: whatever is not plainly right is answered there, so that every "no" is the
same, byte for byte. `routes` says what is answered here. `group` lets requests that come together share one transaction.
"""
