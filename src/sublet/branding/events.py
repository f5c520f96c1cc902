"""What can happen in `branding`."""

from __future__ import annotations
