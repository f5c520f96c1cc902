"""What billing leaves to the worker."""

from __future__ import annotations

from sublet.billing import payment_jobs

__all__ = ["payment_jobs"]
