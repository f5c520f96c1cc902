"""`sublet keys`: rotating the keys that sign what the host product is told."""

from __future__ import annotations

import argparse
from datetime import datetime

from sublet.foundation.actor import Actor
from sublet.portals.cli.acting import as_operator


def rotate(arguments: argparse.Namespace) -> int:
    """Make new keys; say from when they sign."""

    def work(actor: Actor, at: datetime) -> int:
        from sublet.signon.operations import rotate_keys

        signs_from = rotate_keys(actor=actor, at=at, at_once=arguments.at_once)
        if arguments.at_once:
            print("New keys sign from now on. The old ones are withdrawn; running processes follow within a minute.")
        else:
            print(f"New keys are published and sign from {signs_from:%Y-%m-%d %H:%M} UTC; the old ones stay for a day.")
        return 0

    return as_operator(work)
