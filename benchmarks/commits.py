"""How long commits and listings take: `python -m benchmarks.commits [--base 100000] [--history 5000]`.

Uses a data folder of its own, through the services that the site uses, durably as always; lines that say
"over HTTP" ask a web server of that folder. The reference is git's own `fast-import`, made durable too,
writing the same files into a repository of the same size.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

SERIAL = itertools.count()
# A commit of the hub takes 25,000 operations at most.
COMMIT_AT_MOST = 20_000
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


def show(label: str, value: str) -> None:
    print(f"{label:46}{value}", flush=True)


def measure(base: int, history: int, writers: int) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from hub.accounts.selectors import actor_for_user
    from hub.accounts.services import create_user
    from models_app.repositories import services

    actor = actor_for_user(create_user("bench"))
    for size in (0, base):
        measure_commits(actor, services.create(actor, "model", f"bench/m{size}"), size)
    measure_git(base)
    measure_reading(services.create(actor, "model", "bench/read"), actor, 10_000)
    services.create(actor, "model", "bench/small")
    measure_over_http("bench/small", "bench/read")
    measure_history(services.create(actor, "model", "bench/history"), actor, history)
    measure_writers(services.create(actor, "model", "bench/shared"), actor, writers)


def paths(count: int, folder: str) -> list[str]:
    return [f"{folder}/{n % 100}/{next(SERIAL)}.txt" for n in range(count)]


def content(path: str) -> bytes:
    """200 bytes that no other file has."""
    return path.encode().ljust(200, b".")


def add(actor: Any, repository: Any, count: int, folder: str = "new") -> None:
    from models_app.commits.operations import AddFile
    from models_app.commits.services import commit

    for left in range(count, 0, -COMMIT_AT_MOST):
        files = (AddFile(path, content(path)) for path in paths(min(left, COMMIT_AT_MOST), folder))
        commit(actor, repository, "main", files, summary="bench")


def measure_commits(actor: Any, repository: Any, base: int) -> None:
    if base:
        show(f"the first {base} files", timed(lambda: add(actor, repository, base, "base")))
    for count, times in ((1, 20), (100, 5), (10_000, 1)):
        label = f"commit of {count} files, {base} before"
        show(label, timed(lambda count=count: add(actor, repository, count), times))


def measure_git(base: int) -> None:
    """The same commits by git's own program."""
    with tempfile.TemporaryDirectory(prefix="git-bench-") as folder:
        subprocess.run(["git", "init", "--quiet", "--bare", folder], check=True)
        import_files(folder, base, "base")
        for count, times in ((1, 20), (100, 5), (10_000, 1)):
            label = f"git fast-import of {count} files, {base} before"
            show(label, timed(lambda count=count: import_files(folder, count), times))


def import_files(folder: str, count: int, into: str = "new") -> None:
    lines = [b"commit refs/heads/main\ncommitter b <b@b.b> 1700000000 +0000\ndata 5\nbench\n"]
    if (Path(folder) / "refs" / "heads" / "main").exists():
        lines.append(b"from refs/heads/main^0\n")
    file = b"M 100644 inline %s\ndata %d\n%s\n"
    lines.extend(file % (path.encode(), 200, content(path)) for path in paths(count, into))
    durable = ("-c", "core.fsync=committed,reference", "-c", "fastimport.unpackLimit=1")
    command = ["git", "-C", folder, *durable, "fast-import", "--quiet"]
    subprocess.run(command, input=b"".join(lines), check=True)


def measure_reading(repository: Any, actor: Any, base: int) -> None:
    from models_app.repositories.selectors import find, list_tree, resolve

    add(actor, repository, base, "base")
    head = repository.head
    names = [entry.name for entry in list_tree(repository, head, "base/1").entries]
    show(f"folder of {len(names)} entries", timed(lambda: list_tree(repository, head, "base/1"), 5))
    everything = timed(lambda: list_tree(repository, head, recursive=True, limit=10**6), 3)
    show(f"recursive tree of {base} files", everything)
    path = f"base/1/{names[0]}"
    one = timed(lambda: find(repository, resolve(repository, "main").commit, path), 50)
    show("resolve a revision and find a file", one)


def measure_over_http(small: str, large: str) -> None:
    """What clients wait for. Info names all files; the tree comes in pages, as they follow each other."""
    from benchmarks.raw_http import latency, pages
    from tests.live import LiveHub

    hub = LiveHub(data=Path(os.environ["HUB_DATA_DIR"]))
    try:
        hub.start()
        models = f"{hub.url}/api/models"
        show("repository info over HTTP", f"{latency(f'{models}/{small}', 100) * 1000:9.1f} ms")
        show("  the same with 10000 files", f"{latency(f'{models}/{large}', 5) * 1000:9.1f} ms")
        everything = partial(pages, f"{models}/{large}/tree/main?recursive=true")
        count = everything()
        show(f"recursive tree of {count} entries over HTTP", timed(everything, 5))
    finally:
        hub.kill()


def measure_history(repository: Any, actor: Any, length: int) -> None:
    """Last commits of a folder of 100 whose files each changed many times."""
    from models_app.commits import upkeep
    from models_app.commits.operations import AddFile
    from models_app.commits.selectors import last_commits
    from models_app.commits.services import commit

    names = [f"{n}.txt" for n in range(100)]
    with core_worker():
        for n in range(length):
            change = AddFile(f"folder/{names[n % 100]}", f"version {n}".encode())
            commit(actor, repository, "main", [change], summary=f"Change {n}")
    repository.refresh_from_db()
    head = repository.head
    label = f"last commits of 100 entries, {length} commits"
    show(label, timed(lambda: last_commits(repository, head, "folder", names), 5))
    upkeep.run()
    show("  after the hourly upkeep", timed(lambda: last_commits(repository, head, "folder", names), 5))
    where = next(Path(os.environ["HUB_DATA_DIR"]).glob(f"repos/**/{repository.storage_id}*"))
    show("  the same by one `git log --name-only`", timed(lambda: log_names(where), 3))


@contextmanager
def core_worker() -> Iterator[None]:
    """The worker that joins packs as commits leave many; its hourly round is not started."""
    from hub.site.processes import core_worker_command

    log = Path(os.environ["HUB_DATA_DIR"]) / "worker.log"
    with log.open("ab") as told:
        worker = subprocess.Popen(
            core_worker_command(), cwd=ROOT, stdout=told, stderr=told, start_new_session=True
        )
    try:
        yield
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def log_names(folder: Path) -> None:
    command = ["git", "-C", str(folder), "log", "--format=%H", "--name-only", "main", "--", "folder"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


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
    show(f"{writers} writers on one branch", f"{writers * 20 / took:9.1f} commits/s, none lost")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", type=int, default=100_000, help="files in the repository before")
    parser.add_argument("--history", type=int, default=5_000, help="commits before last commits are asked")
    parser.add_argument("--writers", type=int, default=8)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="hub-bench-")
    os.environ |= {
        "HUB_DATA_DIR": folder,
        "DJANGO_SETTINGS_MODULE": "hub.settings",
        "HUB_LOG_LEVEL": "ERROR",
        "HUB_BROKER": "filesystem",
        "REDIS_URL": "",
    }
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    try:
        measure(options.base, options.history, options.writers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
