"""A real pgbouncer in transaction mode in front of the tests' PostgreSQL: a server connection is somebody else's after
each commit. On a Unix socket in a private folder, gone at the end of the block."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.postgres import _become_nobody

PORT = 6432
PROGRAM = "/usr/sbin/pgbouncer"  # Debian's; not on everybody's PATH


@contextmanager
def pooled(server: dict[str, Any], *, connections: int) -> Iterator[dict[str, Any]]:
    """Within: the settings of a connection like `server` by way of the pooler, which has that many of its own."""
    folder = Path(tempfile.mkdtemp(prefix="sublet-pool-", dir="/tmp" if Path("/tmp").is_dir() else None))
    user, name = server["USER"], server["NAME"]
    (folder / "users").write_text(f'"{user}" ""\n')
    (folder / "pooler.ini").write_text(
        f"[databases]\n{name} = host={server['HOST']} dbname={name}\n"
        f"[pgbouncer]\nlisten_addr =\nlisten_port = {PORT}\nunix_socket_dir = {folder}\nauth_type = trust\n"
        f"auth_file = {folder}/users\npool_mode = transaction\ndefault_pool_size = {connections}\n"
        "max_client_conn = 100\nlog_connections = 0\nlog_disconnections = 0\n"
    )
    root = os.getuid() == 0
    if root:
        for each in (folder, *folder.iterdir()):
            shutil.chown(each, 65534, 65534)
    program = PROGRAM if Path(PROGRAM).exists() else shutil.which("pgbouncer") or PROGRAM
    with (folder / "log").open("w") as log:
        pooler = subprocess.Popen(
            [program, folder / "pooler.ini"], stdout=log, stderr=log, preexec_fn=_become_nobody if root else None
        )
    try:
        give_up = time.monotonic() + 10
        while not (folder / f".s.PGSQL.{PORT}").exists():
            if pooler.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.01)
        yield {**server, "HOST": str(folder), "PORT": str(PORT)}
    finally:
        pooler.terminate()
        pooler.wait()
        shutil.rmtree(folder, ignore_errors=True)
