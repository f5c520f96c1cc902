"""What the tests of scans share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def quiet() -> Iterator[None]:
    """Addresses that lead nowhere are asked for on purpose."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)
