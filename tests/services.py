"""Run the tests again on PostgreSQL and Redis, where both are reachable.

`make test-services` runs those where the database or the broker decides, `make test-slow` all of them.
`HUB_TEST_REQUIRE="postgresql redis"` makes their absence a failure; continuous integration sets it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("HUB_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("HUB_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")

# Where database or broker decide: locks, claims, full-text search, statements of our own, messages.
DECIDES = (
    *("hub/accounts", "hub/activity", "hub/core", "hub/webhooks"),
    *("models_app/commits", "models_app/discovery", "models_app/repositories"),
    *(
        "evals_app/compute",
        "evals_app/jobs",
        "evals_app/leaderboards",
        "evals_app/runs",
        "evals_app/schedules",
    ),
    *("flows/test_claims.py", "flows/test_jobs.py", "flows/test_workers.py", "flows/test_webhooks.py"),
)
# What asks no database and no broker, or asks them only through what the others test.
SAME_ANYWHERE = (
    *("contract", "rules", "fuzz", "walls", "evals_app/metrics"),
    *("models_app/cards", "models_app/previews", "models_app/storage"),
)


def missing_services() -> list[str]:
    missing = []
    try:
        psycopg.connect(POSTGRES, connect_timeout=2).close()
    except psycopg.OperationalError:
        missing.append("postgresql")
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=2).ping()
    except redis.RedisError:
        missing.append("redis")
    return missing


def main() -> int:
    missing = missing_services()
    required = os.environ.get("HUB_TEST_REQUIRE", "").split()
    if missing:
        print(f"not reachable: {', '.join(missing)}; the tests ran on the embedded default alone")
        return 1 if set(missing) & set(required) else 0
    env = {**os.environ, "TEST_DATABASE_URL": POSTGRES, "TEST_REDIS_URL": REDIS}
    print("the same tests on PostgreSQL and Redis")
    return subprocess.call([sys.executable, "-m", "pytest", *_chosen(sys.argv[1:])], cwd=ROOT, env=env)


def _chosen(arguments: list[str]) -> list[str]:
    """What was asked for; everything with `--all`; else where it is likeliest to differ."""
    usual = ["-n", "4", "--dist", "loadfile", "-m", "not slow and not browser and not engines"]
    if arguments == ["--all"]:
        return [*usual, *(f"--ignore=tests/{place}" for place in SAME_ANYWHERE)]
    return arguments or [*usual, *(f"tests/{place}" for place in DECIDES)]


if __name__ == "__main__":
    sys.exit(main())
