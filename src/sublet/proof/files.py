"""Reading files of others where it can be ended: a PDF in a process of its own, with bounds on time and memory.

A file made to be slow to read must not hold up a worker, and what its reader does wrong must not take the worker along.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator

from sublet.core.leakfiles import parts_read
from sublet.core.pdftexts import Part, pdf_texts

#: Seconds for one file, and bytes of memory for its reader.
LONGEST = 15.0
MOST_MEMORY = 1024 * 1024 * 1024


def texts_of(data: bytes) -> tuple[list[Part], bool]:
    """What is written in a file, and whether it was read to its end."""
    if not data.startswith(b"%PDF-"):
        return parts_read(data)
    command = [sys.executable, "-I", "-c", _READER, *sys.path]
    try:
        done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=LONGEST)
    except subprocess.TimeoutExpired as late:
        return list(_parts(late.stdout or b"")), False
    return list(_parts(done.stdout)), done.returncode == 0


#: The reader finds its modules where this process does, and nothing of the environment in its way.
_READER = "import sys; sys.path[:] = sys.argv[1:]; from sublet.proof.files import read_aloud; read_aloud()"


def _parts(told: bytes) -> Iterator[Part]:
    for line in told.splitlines():
        try:
            name, text = json.loads(line)
        except ValueError:
            return  # the line during which it was ended
        yield name, text


def read_aloud() -> None:
    """In the process of its own: the parts of the PDF on standard input, one a line."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(LONGEST), int(LONGEST)))
    for part in pdf_texts(sys.stdin.buffer.read()):
        print(json.dumps(part), flush=True)
