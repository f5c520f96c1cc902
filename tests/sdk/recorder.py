"""A product's process that records for as long as it lives: ``python -m tests.sdk.recorder URL SPOOL ACCOUNT``."""

from __future__ import annotations

import sys

from sublet_client import Sublet
from tests.sdk.stand_in import KEY


def main(url: str, spool: str, account: str) -> None:
    sublet = Sublet(url, KEY, spool_path=spool, timeout=2.0)
    while True:
        # Only once it is on the disk it is said: whoever reads the line may rely on it.
        print(sublet.record(account, "appointments"), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
