"""Sublet: accounts, brands, rights and log-ins for products that are sold through resellers."""

from __future__ import annotations

__version__ = "0.1.0"
