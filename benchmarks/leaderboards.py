"""A leaderboard over 10,000 runs and 20 metrics: what its page costs the server, beside a bare one.

`python -m benchmarks.leaderboards [--runs N] [--metrics N] [--database URL]`. A database of its own is
filled, the board is ranked by the hub's own service, and its page is asked of the whole stack (middleware,
access, template).
The bare page reads the same fifty entries with their cells and prints the numbers into a plain table.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

TASK = {"name": "task", "title": "Task", "kind": "question-answering"}
BATCH = 5000
BARE = """<table>{% for entry in entries %}<tr><td>{{ entry.rank }}</td><td>{{ entry.run.model_name }}</td>
<td>{{ entry.value }}</td>{% for cell in entry.cells.all %}<td>{{ cell.value }}</td>{% endfor %}</tr>
{% endfor %}</table>"""


def copy_of(row: Any, **changes: Any) -> Any:
    fields = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}  # noqa: SLF001
    return type(row)(**fields | changes)


def fill(runs: int, metrics: int) -> Any:
    """Rows as the hub writes them, but without git and jobs' histories."""
    from evals_app.catalog.models import Benchmark, BenchmarkVersion
    from evals_app.jobs.models import Job
    from evals_app.leaderboards import services
    from evals_app.runs.models import Run, RunValue
    from models_app.repositories.models import Repository, RepositoryType
    from tests.factories.accounts import make_user
    from tests.factories.jobs import make_benchmark, make_evaluation

    user = make_user("bench")
    make_benchmark(user)
    job = make_evaluation(user, model="m")
    names = [f"metric{number}" for number in range(metrics)]
    benchmark = Benchmark.objects.get()
    version = BenchmarkVersion.objects.get()
    declared = [
        {"name": name, "primary": not place, "higher_is_better": True, "unit": "share", "range": [0.0, 1.0]}
        for place, name in enumerate(names)
    ]
    version.declaration["tasks"] = [{**version.declaration["tasks"][0], **TASK, "metrics": declared}]
    version.save()
    model = Repository.objects.get(type=RepositoryType.MODEL)
    rows = []
    for number in range(runs):
        name = f"model{number}"
        rows.append(
            copy_of(model, name=name, key=name, storage_id=f"{number:032d}", parameters=10**6 * number)
        )
    models = Repository.objects.bulk_create(rows, batch_size=500)
    jobs = Job.objects.bulk_create([copy_of(job) for _ in range(runs)], batch_size=500)
    made = Run.objects.bulk_create(
        [
            Run(
                job=one,
                owner=user.namespace,
                submitted_by=user,
                model=repository,
                model_name=f"bench/{repository.name}",
                model_commit="0" * 40,
                benchmark_version=version,
                benchmark_name=benchmark.repository.full_id,
                dataset_commit="0" * 40,
                task="task",
                harness="h",
                harness_version="1",
                task_version="1",
                settings={"dtype": "float32"},
                sample_count=1000,
                duration_seconds=10.0,
            )
            for one, repository in zip(jobs, models, strict=True)
        ],
        batch_size=500,
    )
    RunValue.objects.bulk_create(
        (
            RunValue(run=run, metric=name, value=random.random(), stderr=0.012, higher_is_better=True)
            for run in made
            for name in names
        ),
        batch_size=BATCH,
    )
    gather_statistics()
    (board,) = services.ensure_boards(benchmark)
    rank(board, f"ranking {runs} models in {metrics} columns for the first time")
    RunValue.objects.filter(run=made[runs // 2], metric=names[0]).update(value=0.9999)
    rank(board, "ranking again after one value changed")
    gather_statistics()
    board.refresh_from_db()
    return board


def gather_statistics() -> None:
    """What PostgreSQL's autovacuum does within its first minute, so that plans fit the rows."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def rank(board: Any, what: str) -> None:
    from evals_app.leaderboards import services

    began, used = time.perf_counter(), time.process_time()
    services.refresh(board)
    print(f"{what}: {time.perf_counter() - began:.1f} s, CPU {time.process_time() - used:.1f} s", flush=True)


def medians(act: Callable[[], object], times: int = 9) -> tuple[float, float]:
    """Milliseconds by the clock, and of this process's CPU, which a busy machine changes less."""
    act()
    wall, cpu = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        act()
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.process_time() - used))
    return statistics.median(wall), statistics.median(cpu)


def bare(board: Any) -> str:
    from django.template import Context, Template

    from evals_app.leaderboards.models import LeaderboardEntry

    entries = (
        LeaderboardEntry.objects.filter(leaderboard=board).select_related("run").prefetch_related("cells")
    )
    return Template(BARE).render(Context({"entries": entries.order_by("position")[:50]}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--metrics", type=int, default=20)
    parser.add_argument("--database", default="", metavar="URL", help="PostgreSQL; SQLite if not given")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"HUB_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        os.environ["TEST_DATABASE_URL"] = given.database
        import django

        django.setup()
        from django.test.utils import setup_test_environment

        logging.disable(logging.WARNING)
        setup_test_environment()
        measure(given.runs, given.metrics)


def measure(runs: int, metrics: int) -> None:
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure_board(runs, metrics)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def measure_board(runs: int, metrics: int) -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    board = fill(runs, metrics)
    client, url = Client(), board.get_absolute_url()
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    queries = len(captured)
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    wall, plain = medians(lambda: bare(board))
    print(f"bare queries and table: {wall:.0f} ms, CPU {plain:.0f} ms")
    column = board.columns.last()
    for name, asked in (
        ("the page", url),
        ("a page in the middle", f"{url}?page={max(1, runs // 100)}"),
        ("sorted by the last column", f"{url}?sort={column.pk}"),
        ("sorted, in the middle", f"{url}?sort={column.pk}&page={max(1, runs // 100)}"),
        ("filtered by size", f"{url}?size=1000000000"),
        ("the API, 100 entries", f"/api/v1{url}"),
    ):
        wall, cpu = medians(lambda: client.get(asked))  # noqa: B023
        print(f"{name}: {wall:.0f} ms, CPU {cpu:.0f} ms, {cpu / plain:.1f} times the bare one", flush=True)
    print(f"queries of the page: {queries}")
    for kind in ("csv", "json", "parquet"):
        began, used = time.perf_counter(), time.process_time()
        size = sum(len(block) for block in client.get(f"{url}/export.{kind}"))
        print(
            f"export as {kind}: {size / 1e6:.1f} MB in {time.perf_counter() - began:.1f} s, "
            f"CPU {time.process_time() - used:.1f} s"
        )


if __name__ == "__main__":
    main()
