"""Several workers claim at once: every job is started by one of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.live import ROOT, LiveHub

PREPARE = """
from tests.factories.accounts import make_organization
from tests.factories.jobs import make_evaluation, make_worker
for name in ("one", "two", "three"):
    owner = make_organization(name)
    for _ in range(8):
        make_evaluation(owner)
for number in range(4):
    make_worker(f"{number}@here")
"""
CLAIM = """
import json, sys, time
from evals_app.compute.selectors import find_worker
from evals_app.jobs import services
from evals_app.jobs.models import Job
worker = find_worker("{number}@here")
print("ready", flush=True)
sys.stdin.readline()
taken = []
while lease := services.lease_next(worker, ["cpu"]):
    taken.append((time.time(), Job.objects.get(pk=lease.job_id).owner.name, str(lease.job_id)))
print(json.dumps(taken), flush=True)
"""


@pytest.fixture
def hub() -> Iterator[LiveHub]:
    own = LiveHub()
    try:
        own.prepare().manage("shell", "--command", PREPARE)
        yield own
    finally:
        own.close()


def test_it_starts_every_job_once_and_in_turn_however_many_claim_at_once(hub: LiveHub) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "manage.py", "shell", "--verbosity=0", "--command", CLAIM.format(number=number)],
            cwd=ROOT, env=hub.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(4)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    taken = sorted(claim for process in processes for claim in json.loads(process.communicate()[0]))
    assert Counter(job for _time, _owner, job in taken).most_common(1)[0][1] == 1
    assert len(taken) == 24
    started = hub.rows("SELECT COUNT(*) AS starts FROM evals_app_jobtransition WHERE to_state = 'running'")
    assert started[0]["starts"] == 24
