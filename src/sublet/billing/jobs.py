"""What billing leaves to the worker."""

from __future__ import annotations

from sublet.billing import vat_jobs

__all__ = ["vat_jobs"]
