"""Whatever part of a running installation is killed, it comes back by itself and all work comes through."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from ops.served import PATIENCE, Served, until


def test_a_backend_of_the_database_is_killed(served: Served) -> None:
    (victim, *_) = served.query(
        "select pid from pg_stat_activity where application_name like 'solde%%' order by random()"
    )
    os.kill(victim[0], signal.SIGKILL)
    served.all_comes_through()


def test_the_database_is_stopped_beside_the_server(served: Served) -> None:
    before = served.postmaster()
    subprocess.run(
        [sys.executable, "-m", "solde.app.cli.main", "db", "stop"],
        env=served.environment,
        check=True,
        capture_output=True,
    )
    served.all_comes_through()
    assert served.postmaster() != before


def test_the_database_is_killed(served: Served) -> None:
    os.kill(served.postmaster(), signal.SIGKILL)
    served.all_comes_through()


def test_a_worker_is_killed_and_the_other_answers_meanwhile(served: Served) -> None:
    (first, second) = served.workers()
    os.kill(first, signal.SIGKILL)
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        # A connection that the dead one had not taken yet is lost with it; the next is not.
        until(lambda: True if served.get("/livez").status_code == 200 else None, "an answer", 5)
    until(lambda: len(served.workers()) == 2 or None, "a new worker")
    assert second in served.workers()
    served.all_comes_through()


def test_both_workers_are_killed_at_once_and_again_soon_after(served: Served) -> None:
    for _ in range(2):
        old = set(served.workers())
        for worker in old:
            os.kill(worker, signal.SIGKILL)
        until(partial(_two_new, served, old), "two new workers")
    served.all_comes_through()


def _two_new(served: Served, old: set[int]) -> bool | None:
    return len(set(served.workers()) - old) == 2 or None


def test_a_worker_is_killed_in_the_middle_of_a_job(served: Served) -> None:
    job = served.send_file("big", rows=3000)
    until(
        lambda: served.query("select 1 from job where job_id = %s and state = 'RUNNING'", job) or None, "its beginning"
    )
    for worker in served.workers():
        os.kill(worker, signal.SIGKILL)
    # What is only heard of again after half a minute is taken for gone; the test does not wait so long.
    served.query("update job set heartbeat_at = heartbeat_at - interval '1 hour' where job_id = %s", job)
    assert until(lambda: served.job_state(job), "the end of the job") == "DONE"
    assert served.query("select count(*) from operation where reference like 'big-%%'") == [(3000,)]
    served.all_comes_through()


def test_the_main_process_is_killed_and_a_new_one_gets_the_address(served: Served) -> None:
    assert served.main is not None
    orphans = served.workers()
    served.main.kill()
    served.main.communicate(timeout=PATIENCE)
    served.start("--workers", "2")
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans) or None, "the end of the orphans")
    served.all_comes_through()
