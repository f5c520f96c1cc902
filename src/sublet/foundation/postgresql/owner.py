"""The role that owns the tables: it migrates, and the running application never is it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

_OWN = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


@contextmanager
def as_owner() -> Iterator[None]:
    """Within: this thread's connection is the owner's, if the settings name one. It is closed before and after."""
    if not settings.DATABASE_OWNER:
        yield
        return
    before = {key: connection.settings_dict[key] for key in _OWN}
    connection.close()
    connection.settings_dict.update({key: settings.DATABASE_OWNER[key] for key in _OWN})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
