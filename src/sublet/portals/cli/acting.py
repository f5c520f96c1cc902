"""What commands that touch the data share: Django set up, a platform scope, the installation as actor, plain refusals."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

from sublet.foundation.actor import CLI, Actor
from sublet.foundation.loading import load
from sublet.foundation.settings import WrongSetting

#: In the journal: whoever may run commands has the whole machine, and no name here.
NAME = "Command line"
Work = Callable[[Actor, datetime], int]


def complain(sentence: str) -> None:
    """One sentence on the error output."""
    print(f"sublet: {sentence}", file=sys.stderr)


def as_operator(work: Work) -> int:
    """Do `work` for the installation: its exit code, or 1 with the sentence of a refusal.

    Raises WrongSetting when the database cannot be used yet.
    """
    load()
    from django.db import OperationalError, ProgrammingError

    from sublet.accounts.queries import installation_actor
    from sublet.foundation.clock import now
    from sublet.foundation.errors import Refusal
    from sublet.foundation.scope import platform_scope

    try:
        with platform_scope("the command line"):
            return work(installation_actor(name=NAME, via=CLI), now())
    except Refusal as refusal:
        complain(refusal.sentence)
        return 1
    except (OperationalError, ProgrammingError) as fault:
        line = next(iter(str(fault).strip().splitlines()), type(fault).__name__)
        raise WrongSetting(
            f"The database cannot be used ({line}). `sublet migrate` makes its tables; `sublet doctor` says more."
        ) from fault
