"""What test databases and live hubs begin with, made once: migrations and static files cost seconds.

A migrated SQLite file is kept in `.cache` for as long as no migration changes. On PostgreSQL, a database of
the run serves as the pattern of all others and goes with it; so do the collected static files.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import django
import psycopg

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "test-databases"
FOLDER = "HUB_TEST_PREPARED"


def begin_run() -> None:
    """Processes that share the run's work inherit the folder; it goes with the one that made it."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="hub_prepared_")
        atexit.register(_end_run, os.getpid(), Path(os.environ[FOLDER]))


def _end_run(process: int, folder: Path) -> None:
    if os.getpid() != process:
        return
    if (folder / "postgresql.done").exists():
        drop_database(_pattern(folder))
    shutil.rmtree(folder, ignore_errors=True)


def sqlite_database() -> Path:
    """A migrated database, to be copied."""
    path = CACHE / f"{_fingerprint()}.sqlite3"
    CACHE.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(CACHE / "lock"):
        if not path.exists():
            for old in CACHE.glob("*.sqlite3"):
                old.unlink()
            with tempfile.TemporaryDirectory() as data:
                _manage(data, "", "migrate", "--verbosity=0")
                shutil.copy(Path(data) / "hub.sqlite3", path.with_suffix(".new"))
            path.with_suffix(".new").rename(path)
    return path


def fill(connection: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(sqlite_database())) as pattern:
        pattern.backup(connection)


def create_database(name: str) -> None:
    """Migrated, on the PostgreSQL server of the run."""
    folder = _folder()
    with _one_at_a_time(folder / "lock"):
        if not (folder / "postgresql.done").exists():
            administer(f'CREATE DATABASE "{_pattern(folder)}"')
            _manage(str(folder), server_url(_pattern(folder)), "migrate", "--verbosity=0")
            (folder / "postgresql.done").touch()
        administer(f'CREATE DATABASE "{name}" TEMPLATE "{_pattern(folder)}"')


def drop_database(name: str) -> None:
    administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def server_url(database: str) -> str:
    """Of a database beside the one of `TEST_DATABASE_URL`."""
    return f"{os.environ['TEST_DATABASE_URL'].rpartition('/')[0]}/{database}"


def administer(statement: str) -> None:
    with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def copy_static_files(target: Path) -> None:
    folder = _folder()
    with _one_at_a_time(folder / "lock"):
        if not (folder / "static.done").exists():
            _manage(str(folder), "", "collectstatic", "--noinput", "--verbosity=0")
            (folder / "static.done").touch()
    shutil.copytree(folder / "static", target)


def _folder() -> Path:
    begin_run()
    return Path(os.environ[FOLDER])


def _pattern(folder: Path) -> str:
    return folder.name.lower()


def _fingerprint() -> str:
    sources = sorted(path for top in ("hub", "models_app", "evals_app") for path in _migrations(ROOT / top))
    read = hashlib.sha256(django.__version__.encode())
    for path in sources:
        read.update(path.as_posix().removeprefix(str(ROOT)).encode() + b"\0" + path.read_bytes())
    return read.hexdigest()[:16]


def _migrations(top: Path) -> Iterator[Path]:
    return top.glob("**/migrations/*.py")


def _manage(data: str, database_url: str, *arguments: str) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HUB_", "DJANGO_"))}
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, "HUB_DATA_DIR": data, "HUB_DEMO": "0", "DATABASE_URL": database_url, "REDIS_URL": ""},
        check=True,
    )


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
