"""Maintenance: while it is on, everybody is told to come back later, and the worker takes no job."""

from __future__ import annotations

from sublet.foundation.maintenance.operations import begin_maintenance, end_maintenance
from sublet.foundation.maintenance.queries import Maintenance, forget_maintenance, maintenance, maintenance_now

__all__ = [
    "Maintenance",
    "begin_maintenance",
    "end_maintenance",
    "forget_maintenance",
    "maintenance",
    "maintenance_now",
]
