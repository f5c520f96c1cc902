"""What can happen in `accounts`."""

from __future__ import annotations
