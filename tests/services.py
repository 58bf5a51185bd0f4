"""Run the tests again on PostgreSQL and Redis, where both are reachable.

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

# What asks no database and no broker, or asks them only through what the others test.
SAME_ANYWHERE = [
    f"--ignore={ROOT / 'tests' / folder}"
    for folder in (
        *("contract", "rules", "fuzz", "evals_app/metrics", "evals_app/walls"),
        *("models_app/cards", "models_app/previews", "models_app/storage"),
    )
]


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
    chosen = sys.argv[1:] or ["-n", "2", "-m", "not slow and not browser and not engines", *SAME_ANYWHERE]
    print("the same tests on PostgreSQL and Redis")
    return subprocess.call([sys.executable, "-m", "pytest", *chosen], cwd=ROOT, env=env)


if __name__ == "__main__":
    sys.exit(main())
