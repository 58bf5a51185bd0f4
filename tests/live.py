"""A hub of its own for a test: the real web server in a process, its own data folder and database."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from hub.site.processes import (
    compute_worker_command,
    core_worker_command,
    scheduler_command,
    web_command,
)
from tests import prepared

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Manager:
    """`manage.py` in a process that has the hub loaded: a command costs a fork, not seconds."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self._one_at_a_time = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.manage_program"],
            cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, arguments: Sequence[str]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        with self._one_at_a_time:
            self._process.stdin.write(json.dumps(arguments) + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@dataclass
class LiveHub:
    """Starts with an empty, migrated database. `manage` runs an operator command and returns its output."""

    data: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="hub-live-")))
    port: int = field(default_factory=free_port)
    extra_env: dict[str, str] = field(default_factory=dict)
    server: subprocess.Popen[bytes] | None = None
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _manager: Manager | None = None

    @property
    def database_url(self) -> str:
        """SQLite in the data folder, or a database of its own on the server of `TEST_DATABASE_URL`."""
        return prepared.server_url(self.database) if os.environ.get("TEST_DATABASE_URL") else ""

    @property
    def database(self) -> str:
        return self.data.name.replace("-", "_").lower()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        own = ("HUB_", "HF_", "DJANGO_", "PYTEST_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(own)}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "hub.settings",
            "HUB_DATA_DIR": str(self.data),
            "HUB_DEMO": "0",
            "HUB_ENGINE_HUB_URL": self.url,
            "HUB_PUBLIC_URL": self.url,
            "PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": os.environ.get("TEST_REDIS_URL", ""),
            "HUB_REDIS_PREFIX": f"{self.data.name}:",
            "HUB_BROKER": "redis" if os.environ.get("TEST_REDIS_URL") else "filesystem",
            **self.extra_env,
        }

    def manage(self, *arguments: str) -> str:
        if self._manager is None or self._manager.env != self.env:
            self._end_manager()
            self._manager = Manager(self.env)
        done = self._manager.run(arguments)
        if done["code"]:
            raise AssertionError(
                f"manage.py {' '.join(arguments)} failed:\n{done['output']}\n{done['errors']}"
            )
        return str(done["output"])

    def _end_manager(self) -> None:
        if self._manager is not None:
            self._manager.close()
            self._manager = None

    def prepare(self) -> LiveHub:
        """A migrated database and static files; enough for commands and workers."""
        if not (self.data / "static").exists():
            if self.database_url:
                prepared.create_database(self.database)
            elif not (self.data / "hub.sqlite3").exists():
                shutil.copy(prepared.sqlite_database(), self.data / "hub.sqlite3")
            prepared.copy_static_files(self.data / "static")
        return self

    def rows(self, query: str, *values: str) -> list[dict[str, Any]]:
        """What the hub's database holds; `?` stands for a value."""
        if self.database_url:
            with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
                return connection.execute(query.replace("?", "%s"), values).fetchall()  # type: ignore[call-overload]
        with closing(sqlite3.connect(self.data / "hub.sqlite3", timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def start(self, *, threads: int = 16) -> LiveHub:
        self.prepare()
        self.server = self._spawn("web", web_command("127.0.0.1", self.port, workers=1, threads=threads))
        self.wait_until_it_answers()
        return self

    def _spawn(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with (self.data / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def start_workers(self, *, beat: bool = True) -> LiveHub:
        """The processes that `make run` starts beside the web server."""
        self.manage("compute_setup")
        commands = {"worker-core": core_worker_command(), "worker-cpu": compute_worker_command("cpu")}
        if beat:
            commands["scheduler"] = scheduler_command(self.data)
        for name, command in commands.items():
            self.workers[name] = self._spawn(name, command)
        return self

    def kill_worker(self, name: str, sig: int = signal.SIGKILL) -> None:
        worker = self.workers.pop(name)
        try:
            os.killpg(worker.pid, sig)
        except ProcessLookupError:
            pass
        worker.wait()

    def wait_until_it_answers(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError(f"the hub did not start:\n{(self.data / 'web.log').read_text()[-4000:]}")

    def assert_web_never_failed(self) -> None:
        """No answer of the web server was a failure of its own; a client that tries again would hide it."""
        log = (self.data / "web.log").read_text()
        failure = log.find("Traceback (most recent call last)")
        assert failure < 0, log[max(0, failure - 500) : failure + 4000]

    def kill(self, sig: int = signal.SIGKILL) -> None:
        if self.server:
            os.killpg(self.server.pid, sig)
            self.server.wait()
            self.server = None

    def close(self) -> None:
        for name in list(self.workers):
            self.kill_worker(name)
        self.kill()
        self._end_manager()
        if self.database_url:
            prepared.drop_database(self.database)
        shutil.rmtree(self.data, ignore_errors=True)
