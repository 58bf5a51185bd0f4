"""How soon a free slot and a waiting job meet, with real worker processes and a real broker.

`python -m benchmarks.dispatch [--jobs 60]`. Two measures, both from rows: from the submission of a job to its
start while a slot is free (the wake-up), and from the end of a job to the start of the next one on the same
worker while jobs wait (the hand-over).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from datetime import datetime

from tests.flows.test_faults import REQUEST, Machine
from tests.live import LiveHub


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=60)
    jobs = parser.parse_args().jobs
    machine = Machine()
    try:
        machine.start()
        time.sleep(8)
        machine.hub.manage("job", "submit", json.dumps(REQUEST), "--as", "alice")
        wait_until_done(machine.hub, 1)
        measure_wake_up(machine.hub, jobs)
        measure_hand_over(machine.hub, jobs)
    finally:
        machine.close()


SUBMIT = """
import time
from evals_app.jobs import requests, services
from hub.accounts import selectors as accounts
actor = accounts.actor_for_user(accounts.get_user("alice"))
for _ in range({jobs}):
    services.submit(actor, requests.parse({request!r}))
    time.sleep({pause})
"""


def measure_wake_up(hub: LiveHub, jobs: int) -> None:
    """One job every second and a half: the slots are free by then."""
    hub.manage("shell", "--command", SUBMIT.format(jobs=jobs, request=REQUEST, pause=1.5))
    wait_until_done(hub, jobs + 1)
    rows = hub.rows("SELECT created_at, started_at FROM evals_app_job ORDER BY created_at")[1:]
    tell(
        "from submission to start, a slot being free",
        [between(r["created_at"], r["started_at"]) for r in rows],
    )


def measure_hand_over(hub: LiveHub, jobs: int) -> None:
    hub.manage("shell", "--command", SUBMIT.format(jobs=jobs, request=REQUEST, pause=0))
    wait_until_done(hub, 2 * jobs + 1)
    rows = hub.rows(
        "SELECT worker_id, started_at, finished_at FROM evals_app_job ORDER BY started_at DESC LIMIT ?",
        str(jobs),
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
        done = hub.rows("SELECT COUNT(*) AS jobs FROM evals_app_job WHERE state = 'succeeded'")[0]["jobs"]
        if done >= jobs:
            return
        time.sleep(0.5)
    raise AssertionError("the jobs did not end")


def between(earlier: str | datetime, later: str | datetime) -> float:
    first, second = (
        moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
        for moment in (earlier, later)
    )
    return (second - first).total_seconds()


def tell(name: str, seconds: list[float]) -> None:
    ninety_fifth = statistics.quantiles(seconds, n=20)[-1]
    print(f"{name}: median {statistics.median(seconds):.2f} s, 95 % within {ninety_fifth:.2f} s")


if __name__ == "__main__":
    main()
