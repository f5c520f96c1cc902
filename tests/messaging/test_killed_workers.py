"""Workers that are killed while they hand mail over: each mail arrives at most once, and none is lost in silence."""

from __future__ import annotations

import random
import signal
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.installation import installed
from tests.messaging.smtp import MailServer, mail_server
from tests.thorough import FULL

MAILS, KILLS = (60, 8) if FULL else (24, 3)


def has_kept(server: MailServer, count: int) -> bool:
    return len(server.kept) >= count


def arrived(server: MailServer) -> Counter[str]:
    return Counter(str(kept.message["Message-ID"]) for kept in list(server.kept))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2] if FULL else [1])
@pytest.mark.parametrize("how", ["one", "batch"])
def test_a_killed_worker_repeats_no_mail_and_loses_none(tmp_path: Path, seed: int, how: str) -> None:
    luck = random.Random(seed)
    with mail_server() as server, installed(tmp_path, f"{how}{seed}", SUBLET_SMTP_PORT=str(server.port)) as there:
        there.run("tests.messaging.processes", how, str(MAILS))
        server.pause = 0.1  # most kills then meet a worker that waits for the answer: the worst moment there is
        for _ in range(KILLS):
            worker, before = there.worker(), len(server.kept)
            wanted = before + luck.randint(2, 4)
            there.until(partial(has_kept, server, wanted))
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        server.pause = 0
        there.worker()
        there.until(lambda: there.ask("SELECT count(*) FROM jobs WHERE state IN ('ready', 'running')") == [(0,)])

        states = dict(there.ask("SELECT message_id, state FROM outbox_mail"))
        assert len(states) == MAILS
        assert set(states.values()) <= {"sent", "unknown"}
        assert set(arrived(server).values()) == {1}
        for message_id, state in states.items():
            if state == "sent":
                assert arrived(server)[message_id] == 1
        # What did not arrive is known as such: nothing is missing without a word.
        missing = set(states) - set(arrived(server))
        assert {states[message_id] for message_id in missing} <= {"unknown"}
        if how == "batch":
            assert there.ask("SELECT count(*) FROM jobs WHERE kind = 'messaging.send'") == [(0,)]
        unknown = [message_id for message_id, state in states.items() if state == "unknown"]
        assert 1 <= len(unknown) <= 2 * KILLS  # the kills did meet workers at work, and each had two threads
        told = there.ask("SELECT count(*) FROM journal WHERE event = 'mail.unknown'")
        assert told == [(len(unknown),)]


@pytest.mark.slow
def test_one_intent_of_eight_processes_is_one_mail(tmp_path: Path) -> None:
    with installed(tmp_path, "same") as there:
        there.run("tests.messaging.processes", "same")
        assert there.ask("SELECT count(*) FROM outbox_mail") == [(1,)]
        assert there.ask("SELECT count(*) FROM jobs WHERE kind = 'messaging.send'") == [(1,)]
