"""`python -m sublet.sandboxes.engine.child FOLDER`: do what stands in ``order.json`` there, and write ``told.json``.

The settings are in the environment (`sandboxes.running`): the database is the file in the same folder. Ends as soon as whoever
started it does, which it learns by its input being closed.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any, Final

#: What a process does that speaks to another one. `os.exec` and the like are among it: what they start has no such hook.
_OUTSIDE: Final = frozenset((
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto",
    "socket.sendmsg", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork",
))  # fmt: skip


class NothingLeaves(RuntimeError):
    """Something in a sandbox was about to speak to the outside: a programming fault."""


def close_the_doors() -> None:
    """From now on nothing in this process reaches another one. Nothing can take it back (PEP 578)."""

    def refuse(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in _OUTSIDE:
            raise NothingLeaves(event)

    sys.addaudithook(refuse)


def end_with_the_parent() -> None:
    """End when the input is closed: a worker that is killed leaves no sandbox running."""

    def watch() -> None:
        while os.read(0, 1):  # not by `sys.stdin`, whose lock the end of this process would wait for
            continue
        os._exit(3)

    threading.Thread(target=watch, daemon=True).start()


def main(folder: Path) -> int:
    """Do the order that lies in `folder`."""
    end_with_the_parent()
    from sublet.foundation.loading import (
        load,  # in this order: the settings are read, and the doors closed before anything runs
    )

    load()
    close_the_doors()
    from sublet.sandboxes.engine import work  # models can be imported only once Django is ready

    order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    told = work.do(order, folder)
    (folder / "told.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
