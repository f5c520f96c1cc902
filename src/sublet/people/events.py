"""What can happen in `people`."""

from __future__ import annotations
