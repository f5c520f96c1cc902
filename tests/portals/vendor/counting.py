"""Counting the statements of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.branding.queries import forget_hosts


@contextmanager
def statements() -> Iterator[list[str]]:
    """Within: the statements of a page, as if this process had shown none before."""
    forget_hosts()
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [each["sql"] for each in captured.captured_queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]
