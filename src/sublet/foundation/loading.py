"""Loading everything that this process needs."""

from __future__ import annotations

import gc


def load() -> None:
    """Set Django up, with the settings of the environment; once more does nothing.

    Garbage is not looked for meanwhile, which takes a sixth of a start, nor later among what was loaded: it stays.
    """
    import django

    enabled = gc.isenabled()
    gc.disable()
    try:
        django.setup()
        gc.freeze()
    finally:
        if enabled:
            gc.enable()
