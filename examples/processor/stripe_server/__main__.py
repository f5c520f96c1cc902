"""Starts the server:  PYTHONPATH=examples/processor python -m stripe_server --port 8420

Listens on the loopback only, until it is stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import socket
import sys
from pathlib import Path

from aiohttp import web

from stripe_server.app import Manner, Server
from stripe_server.keeping import CannotRead


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def serve(port: int, manner: Manner, ready: str | None) -> None:
    server = Server(port, manner)
    runner = web.AppRunner(server.app(), access_log=None)
    await runner.setup()
    try:
        # A fault may leave requests hanging for long: stopping does not wait for them.
        await web.TCPSite(runner, "127.0.0.1", server.port, shutdown_timeout=0.5).start()
        if ready:
            Path(ready).write_text(server.url)
        print(f"a local Stripe at {server.url}", flush=True)
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await stopped.wait()
    finally:
        await runner.cleanup()


def main() -> int:
    """The exit code: 2 with one sentence for a file that cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m stripe_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8420, help="0: any that is free")
    parser.add_argument(
        "--shown", default="", help="where a browser finds it, if not at 127.0.0.1: http://pay.localhost:8420"
    )
    parser.add_argument("--ready", help="a file to write the address to, once the server answers")
    parser.add_argument(
        "--folder", type=Path, help="keep what is known in this folder; otherwise all is forgotten at the end"
    )
    parser.add_argument(
        "--accounts", type=Path, help="a file with accounts that are there from the beginning (setup.py)"
    )
    parser.add_argument(
        "--control", action="store_true", help="let anybody on this machine move it by /_control, as tests do"
    )
    parser.add_argument("--open-keys", action="store_true", help="take restricted keys that nobody has declared")
    given = parser.parse_args()
    try:
        if given.folder:
            given.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        manner = Manner(
            shown=given.shown, folder=given.folder, control=given.control, open_keys=given.open_keys,
            accounts=json.loads(given.accounts.read_text("utf-8")) if given.accounts else {},
        )  # fmt: skip
        asyncio.run(serve(given.port or _free_port(), manner, given.ready))
    except (CannotRead, OSError, ValueError) as fault:
        print(f"stripe_server: {fault}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
