"""What a program that reads untrusted files can reach: what it was given, and nothing else."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models_app.previews import programs
from tests.live import ROOT
from walls import bubblewrap, kernel, reader
from walls.reader import Reach

PROBE = "tests.walls.probe_program"
GIVEN = {"named file", "named folder", "own limit"}
OF_OTHERS = {"limit of another", "priority of another", "processors of another"}
DENIED = {"other file", "change other file", "list", "parent's surroundings", "socket"}

pytestmark = pytest.mark.skipif(not kernel.landlock_version(), reason="this kernel has no Landlock")


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def probe(tmp_path: Path, port: int) -> dict[str, Any]:
    tmp_path.mkdir(exist_ok=True)
    file, secret, folder = tmp_path / "file", tmp_path / "secret", tmp_path / "folder"
    file.write_text("x")
    secret.write_text("mine")
    folder.mkdir()
    order = {"file": str(file), "secret": str(secret), "folder": str(folder), "root": str(ROOT)}
    numbers = {"parent": str(os.getpid()), "port": str(port)}
    # The folder of the tests, so that the probe itself can be read.
    reach = Reach((str(file), str(ROOT / "tests")), str(folder))
    said = programs.converse(PROBE, {**order, **numbers}, [], seconds=30, reach=reach)
    assert secret.read_text() == "mine"
    return said


def test_it_reaches_what_it_was_given_and_nothing_else(tmp_path: Path, port: int) -> None:
    said = probe(tmp_path, port)
    assert {name for name, outcome in said.items() if outcome == "done"} == GIVEN
    assert said["socket"] == said["unix socket"] == said["other file"] == "PermissionError"
    assert {said[name] for name in OF_OTHERS} == {"PermissionError"}
    assert not said["held"]


def test_programs_are_forked_by_one_process_and_that_may_die(tmp_path: Path, port: int) -> None:
    starter, again = (probe(tmp_path / name, port)["started by"] for name in "ab")
    assert starter == again != os.getpid()
    os.kill(starter, signal.SIGKILL)
    said = [probe(tmp_path / name, port) for name in "cd"]
    assert starter not in {each["started by"] for each in said}
    assert {name for name, outcome in said[1].items() if outcome == "done"} == GIVEN


def test_after_a_crash_programs_come_from_a_fresh_process(tmp_path: Path, port: int) -> None:
    starter = probe(tmp_path / "a", port)["started by"]
    program = reader.start(PROBE, Reach())
    assert isinstance(program, reader._Forked)
    signal.pidfd_send_signal(program._handle, signal.SIGSEGV)
    assert program.stdout.read() == b""
    program.end()
    end = time.monotonic() + 10
    while Path(f"/proc/{starter}/cmdline").exists() and Path(f"/proc/{starter}/cmdline").read_bytes():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert probe(tmp_path / "b", port)["started by"] not in {starter, os.getpid()}


def test_a_module_that_starts_threads_gets_an_interpreter_of_its_own() -> None:
    reach = Reach((str(ROOT / "tests"),))
    said = [programs.converse("tests.walls.threads_program", 7, [], seconds=30, reach=reach) for _ in "ab"]
    assert said == [{"said": 7}] * 2
    others = reader.start(PROBE, reach)
    assert isinstance(others, reader._Forked)
    others.end()


def test_a_program_ends_when_its_time_is_over() -> None:
    program = reader.start(PROBE, Reach((str(ROOT / "tests"),)))
    program.kill()
    assert program.stdout.read() == b""
    program.kill()
    program.end()


def test_the_process_that_forks_ends_with_whoever_started_it() -> None:
    ask = (
        "from walls import reader; from tests.walls.test_reader import PROBE, ROOT, Reach; import json;"
        "program = reader.start(PROBE, Reach((str(ROOT / 'tests'),)));"
        "program.stdin.write(Reach((str(ROOT / 'tests'),)).line());"
        "order = dict.fromkeys(['file', 'secret', 'folder', 'root', 'parent'], '/') | {'port': '1'};"
        "program.stdin.write(json.dumps(order).encode() + b'\\n'); program.stdin.flush();"
        "print(json.loads(program.stdout.readline())['started by'])"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, env=env)
    end = time.monotonic() + 10
    while Path(f"/proc/{said.stdout.strip()}").exists():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(not bubblewrap.is_possible(bare=True), reason="no room can be built here")
def test_a_room_stands_where_the_process_cannot_shut_itself_in(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_can_shut", lambda: False)
    assert "bwrap" in reader.command(PROBE, Reach())[0]
    said = probe(tmp_path, port)
    assert {name for name, outcome in said.items() if outcome == "done"} & (GIVEN | DENIED) == GIVEN


def test_it_runs_within_its_limits_where_there_are_no_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_can_shut", lambda: False)
    monkeypatch.setattr(bubblewrap, "is_possible", lambda **_: False)
    assert "bwrap" not in " ".join(reader.command(PROBE, Reach()))
