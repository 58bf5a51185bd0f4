"""How long a worker's claim takes while 100,000 jobs wait, on SQLite and PostgreSQL.

`python -m benchmarks.claims [--jobs 100000] [--owners 200] [--unfit]`. A claim is everything between
asking and holding the lease: whose turn it is, the job's row, its history, its event, its token. Beside it,
in the same run, an UPDATE of one row by its key: what the database asks for any write.
With `--unfit`, the half of the jobs that belong to one owner need two devices, and the worker has one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from tests.live import ROOT, LiveHub

POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
CLAIMS = 300


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--owners", type=int, default=200)
    parser.add_argument("--unfit", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        measure(options.jobs, options.owners, unfit=options.unfit)
        return
    for name, url in (("SQLite", ""), ("PostgreSQL", os.environ.get("TEST_DATABASE_URL") or POSTGRES)):
        print(f"{name}: {options.jobs} jobs of {options.owners} owners wait")
        run_on(url, options.jobs, options.owners, unfit=options.unfit)


def run_on(url: str, jobs: int, owners: int, *, unfit: bool) -> None:
    os.environ["TEST_DATABASE_URL"] = url
    hub = LiveHub()
    try:
        hub.prepare()
        command = ["-m", "benchmarks.claims", "--inside", "--jobs", str(jobs), "--owners", str(owners)]
        command += ["--unfit"] if unfit else []
        subprocess.run([sys.executable, *command], cwd=ROOT, env=hub.env, check=True)
    finally:
        hub.close()


def measure(jobs: int, owners: int, *, unfit: bool) -> None:
    import django

    django.setup()
    from evals_app.compute import services as compute
    from evals_app.jobs import services
    from evals_app.jobs.models import Job

    fill(jobs, owners, unfit=unfit)
    device = {"kind": "cpu", "name": "x", "memory_bytes": 8_000_000_000, "count": 1}
    worker = compute.register_worker(
        "bench@here", queues=["cpu"], devices=[device] if unfit else [], versions={}
    )
    cpu = time.process_time()
    claims = timed(lambda: services.lease_next(worker, ["cpu"]), CLAIMS)
    cpu = (time.process_time() - cpu) / CLAIMS * 1000
    keys = list(Job.objects.order_by("?").values_list("pk", flat=True)[:CLAIMS])
    bare = timed(lambda: Job.objects.filter(pk=keys.pop()).update(progress=0.5), CLAIMS)
    tell("claim", claims)
    print(f"  of it in this process: {cpu:.1f} ms of processor time")
    tell("UPDATE … WHERE pk", bare)
    print(f"  ratio of the medians: {statistics.median(claims) / statistics.median(bare):.1f}")


def fill(jobs: int, owners: int, *, unfit: bool) -> None:
    """Half of the jobs belong to one owner, the rest to all the others."""
    from django.db import connection

    from evals_app.compute.services import ensure_default_queues
    from evals_app.jobs.models import Job
    from hub.accounts.models import Namespace
    from hub.accounts.services import create_organization, create_user
    from hub.core.clock import now

    person = create_user("bench")
    queue = next(q for q in ensure_default_queues() if q.slug == "cpu")
    namespaces: list[Namespace] = [
        create_organization(f"owner-{number}", created_by=person) for number in range(owners)
    ]
    start = now() - timedelta(days=1)
    rows = (
        Job(
            kind="evaluate",
            title=f"job {number}",
            owner=namespaces[_owner_of(number, owners)],
            submitted_by=person,
            queue=queue,
            priority=number % 3,
            needs_devices=2 if unfit and _owner_of(number, owners) == 0 else 1,
            spec={},
            time_limit_seconds=600,
            queued_at=start + timedelta(milliseconds=number),
        )
        for number in range(jobs)
    )
    Job.objects.bulk_create(rows, batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _owner_of(number: int, owners: int) -> int:
    return 0 if number % 2 else number // 2 % owners


def timed(act: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        assert act()
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def tell(name: str, milliseconds: list[float]) -> None:
    ninety_fifth = statistics.quantiles(milliseconds, n=20)[-1]
    print(f"  {name}: median {statistics.median(milliseconds):.1f} ms, 95 % within {ninety_fifth:.1f} ms")


if __name__ == "__main__":
    main()
