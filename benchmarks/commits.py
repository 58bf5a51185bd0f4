"""How long commits and listings take: `.venv/bin/python benchmarks/commits.py [--base 10000]`.

Uses a data folder of its own, through the services that the site uses, durably as always.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SERIAL = itertools.count()
ROOT = Path(__file__).resolve().parent.parent


def timed(call: Callable[[], Any], times: int = 1) -> str:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        took.append((time.perf_counter() - start) * 1000)
    return f"{statistics.median(took):9.1f} ms" + (
        f"   (slowest of {times}: {max(took):.1f})" if times > 1 else ""
    )


def measure(base: int, writers: int) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from hub.accounts.selectors import actor_for_user
    from hub.accounts.services import create_user
    from models_app.repositories import services

    actor = actor_for_user(create_user("bench"))
    for size in (0, base):
        measure_commits(actor, services.create(actor, "model", f"bench/m{size}"), size)
    measure_reading(services.create(actor, "model", "bench/read"), actor, base)
    measure_writers(services.create(actor, "model", "bench/shared"), actor, writers)


def add(actor: Any, repository: Any, count: int, folder: str = "new") -> None:
    from models_app.commits.operations import AddFile
    from models_app.commits.services import commit

    files = (AddFile(f"{folder}/{n % 100}/{next(SERIAL)}.txt", b"x" * 200) for n in range(count))
    commit(actor, repository, "main", files, summary="bench")


def measure_commits(actor: Any, repository: Any, base: int) -> None:
    if base:
        print(f"first commit of {base} files       {timed(lambda: add(actor, repository, base, 'base'))}")
    print(f"commit of 1 file, {base:6} before   {timed(lambda: add(actor, repository, 1), 20)}")
    print(f"commit of 100 files               {timed(lambda: add(actor, repository, 100), 5)}")
    print(f"commit of 10,000 files            {timed(lambda: add(actor, repository, 10_000))}")


def measure_reading(repository: Any, actor: Any, base: int) -> None:
    from models_app.commits.selectors import last_commits
    from models_app.repositories.selectors import find, list_tree, resolve

    add(actor, repository, base, "base")
    head = repository.head
    names = [entry.name for entry in list_tree(repository, head, "base/1").entries]
    folder = timed(lambda: list_tree(repository, head, "base/1"), 5)
    last = timed(lambda: last_commits(repository, head, "base/1", names), 5)
    everything = timed(lambda: list_tree(repository, head, recursive=True, limit=10**6), 3)
    path = f"base/1/{names[0]}"
    one = timed(lambda: find(repository, resolve(repository, "main").commit, path), 50)
    print(f"folder of {len(names):4} entries            {folder}")
    print(f"last commits of them              {last}")
    print(f"recursive, {base:6} files          {everything}")
    print(f"resolve and find                  {one}")


def measure_writers(repository: Any, actor: Any, writers: int) -> None:
    from django.db import connection

    from models_app.repositories.access import get_repository_for

    def write() -> None:
        for _ in range(20):
            add(actor, get_repository_for(actor, "model", repository.full_id), 1)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    repository.refresh_from_db()
    assert repository.commit_count == writers * 20 + 1
    print(f"{writers} writers on one branch          {writers * 20 / took:9.1f} commits/s, none lost")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", type=int, default=10_000, help="files in the repository before")
    parser.add_argument("--writers", type=int, default=8)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="hub-bench-")
    os.environ |= {"HUB_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "hub.settings", "HUB_LOG_LEVEL": "ERROR"}
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    try:
        measure(options.base, options.writers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
