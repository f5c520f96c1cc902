"""What the tests with real processes start: ``python -m tests.accounts.processes COMMAND``."""

from __future__ import annotations

import sys

import django


def main(command: str, *arguments: str) -> int:
    from sublet.accounts import operations
    from sublet.accounts.models import ClientImport
    from sublet.foundation.clock import now
    from tests.accounts.lists import csv_of, many
    from tests.people import make_world

    world = make_world()
    with world.scope("rosa") as actor:
        match command:
            case "one":
                lists = [many(int(arguments[0]))]
            case "two":
                # The same clients in another order, in two files: both are started before either has begun.
                count = int(arguments[0])
                rows = [
                    (f"Client {n:06}", "", f"c{n}@list.example", "", "Roma", "Italia", "bulk") for n in range(count)
                ]
                lists = [csv_of(rows), csv_of(rows[::-1])]
            case _:
                return 2
        for number, data in enumerate(lists):
            ref = operations.upload_import(file_name=f"{number}.csv", data=data, actor=actor, at=now())
            operations.start_import(ref=ref, revision=1, actor=actor, at=now())
            print(ClientImport.objects.get(ref=ref).id)
    return 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main(*sys.argv[1:]))
