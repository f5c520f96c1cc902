"""What can happen in `messaging`."""

from __future__ import annotations
