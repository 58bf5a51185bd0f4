"""How soon a free slot and a waiting job meet, with real worker processes and a real broker.

`python -m benchmarks.dispatch [--jobs 60]`, for two Celery workers and for one that knows the hub's address
and a token alone; on PostgreSQL with a Redis of its own where `TEST_DATABASE_URL` names a server. Three
measures, all from rows: from the submission of a job to its start while a slot is free (the wake-up); the
same of jobs whose wake-up got lost, which is how those fare that waited for their next attempt (an idle
worker looks by itself); from the end of a job to the start of the next one on the same worker while jobs
wait (the hand-over).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from datetime import datetime

from tests.flows.test_faults import LENT, REQUEST, Machine
from tests.live import LiveHub


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=60)
    jobs = parser.parse_args().jobs
    for name, workers in (("Celery workers", ("one", "two")), ("a worker over HTTP", (LENT,))):
        print(name)
        measure(workers, jobs)


def measure(workers: Sequence[str], jobs: int) -> None:
    machine = Machine(workers)
    try:
        machine.start()
        machine.hub.kill_worker("worker-cpu")
        machine.hub.manage("job", "submit", json.dumps(REQUEST), "--as", "alice")
        wait_until_done(machine.hub, 1)
        measure_wake_up(machine.hub, "from submission to start, a slot being free", jobs, "wake")
        measure_wake_up(machine.hub, "the same without a wake-up", jobs, "lose")
        measure_hand_over(machine.hub, jobs)
    finally:
        machine.close()


SUBMIT = """
import time
from evals_app.jobs import requests, services
from hub.accounts import selectors as accounts
if {how!r} == "lose":
    services.wake = lambda slug: None
actor = accounts.actor_for_user(accounts.get_user("alice"))
for _ in range({jobs}):
    services.submit(actor, requests.parse({request!r}))
    time.sleep({pause})
"""


def measure_wake_up(hub: LiveHub, name: str, jobs: int, how: str) -> None:
    """One job every three seconds: the slots are free by then."""
    before = count_done(hub)
    hub.manage("shell", "--command", SUBMIT.format(jobs=jobs, request=REQUEST, pause=3, how=how))
    wait_until_done(hub, before + jobs)
    rows = hub.rows("SELECT created_at, started_at FROM evals_app_job ORDER BY created_at")[before:]
    tell(name, [between(r["created_at"], r["started_at"]) for r in rows])


def measure_hand_over(hub: LiveHub, jobs: int) -> None:
    before = count_done(hub)
    hub.manage("shell", "--command", SUBMIT.format(jobs=jobs, request=REQUEST, pause=0, how="wake"))
    wait_until_done(hub, before + jobs)
    rows = hub.rows(
        "SELECT worker_id, started_at, finished_at FROM evals_app_job ORDER BY started_at DESC LIMIT "
        + str(jobs),
    )
    ends: dict[str, str] = {}
    pauses = []
    for row in reversed(rows):
        worker = str(row["worker_id"])
        if worker in ends:
            pauses.append(between(ends[worker], row["started_at"]))
        ends[worker] = row["finished_at"]
    tell("from the end of a job to the start of the next", pauses)


def wait_until_done(hub: LiveHub, jobs: int) -> None:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        if count_done(hub) >= jobs:
            return
        time.sleep(0.5)
    raise AssertionError("the jobs did not end")


def count_done(hub: LiveHub) -> int:
    return int(hub.rows("SELECT COUNT(*) AS jobs FROM evals_app_job WHERE state = 'succeeded'")[0]["jobs"])


def between(earlier: str | datetime, later: str | datetime) -> float:
    first, second = (
        moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
        for moment in (earlier, later)
    )
    return (second - first).total_seconds()


def tell(name: str, seconds: list[float]) -> None:
    ninety_fifth = statistics.quantiles(seconds, n=20)[-1]
    print(f"  {name}: median {statistics.median(seconds):.2f} s, 95 % within {ninety_fifth:.2f} s")


if __name__ == "__main__":
    main()
