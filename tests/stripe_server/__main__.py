"""Starts the server:  python -m tests.stripe_server --port 8420

Listens on the loopback only, until it is stopped. `--ready FILE` is written once it answers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
from pathlib import Path

from aiohttp import web

from tests.stripe_server.app import Server
from tests.stripe_server.control import endpoint


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def serve(options: argparse.Namespace) -> None:
    server = Server(options.port or _free_port(), _free_port())
    runner = web.AppRunner(server.app(), access_log=None)
    await runner.setup()
    try:
        # A fault may leave requests hanging for long: stopping does not wait for them.
        await web.TCPSite(runner, "127.0.0.1", server.port, shutdown_timeout=0.5).start()
        if options.webhook_url:
            given = {"url": options.webhook_url, "secret": options.webhook_secret, "key": options.key}
            await endpoint(server, given)
        if options.ready:
            Path(options.ready).write_text(server.url)
        print(f"a local Stripe at {server.url}", flush=True)
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await stopped.wait()
    finally:
        await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.stripe_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8420, help="0: any that is free")
    parser.add_argument("--ready", help="a file to write the address to, once the server answers")
    parser.add_argument("--webhook-url", help="a webhook endpoint that is there from the beginning")
    parser.add_argument("--webhook-secret", help="its secret")
    parser.add_argument("--key", default="sk_test_sublet", help="the key of the account that it belongs to")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
