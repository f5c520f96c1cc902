"""The product's settings for tools that load them without an environment: mypy and its Django plugin.

The tests do not use this module: they run with `sublet.config.settings` itself, in the environment that
tests/conftest.py makes.
"""

from __future__ import annotations

import os

os.environ.setdefault("SUBLET_SECRET_KEY", "signs nothing: the settings are only read, to learn their types")

from sublet.config.settings import *  # noqa: F403  # after the variable that they read
