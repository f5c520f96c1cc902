"""Keys of what meters count of something that is sold: things of their own in price books, beside that.

Pure. Law (tests/core/test_pricebook.py): what a key is made of comes out of it again.
"""

from __future__ import annotations


def use_key(meter: str, of: str) -> str:
    """The key of what one meter counts of a plan or an add-on, or beyond a limit of a plan."""
    return f"{meter}@{of}"


def parts_of(key: str) -> tuple[str, str]:
    """The meter and the key of the thing that a `use_key` is made of; no meter where it is none."""
    meter, at, of = key.partition("@")
    return (meter, of) if at else ("", key)
