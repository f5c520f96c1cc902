"""For tests of commands: puts a job into the queue that is due at once. ``python -m tests.cli.put_job``."""

from __future__ import annotations

import sys

import django


def main() -> int:
    from sublet.accounts.queries import installation_actor
    from sublet.foundation.actor import CLI
    from sublet.foundation.clock import now
    from sublet.foundation.jobs import enqueue
    from sublet.foundation.scope import platform_scope

    with platform_scope("a test"):
        actor = installation_actor(name="A test", via=CLI)
        enqueue("branding.forget_hosts", account_id=actor.account_id, actor=actor, at=now(), payload={})
    return 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main())
