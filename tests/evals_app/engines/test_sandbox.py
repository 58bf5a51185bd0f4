"""Programs that a model might write, run for real behind each kind of wall that this machine has."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals_app.engines import sandbox
from evals_app.engines.sandbox import Ending
from walls import building, kernel
from walls.building import Builder, Walls

LIMIT = 500_000_000


def standing(builder: Builder) -> Walls | None:
    found = building.detect_for_code()
    if builder == Builder.BUBBLEWRAP:
        return found if found.builder == builder else None
    can = kernel.landlock_version() >= kernel.SCOPED_SINCE and kernel.can_refuse_sockets()
    return Walls(builder, files=True, network=True, processes=True) if can else None


@pytest.fixture(params=[Builder.BUBBLEWRAP, Builder.LANDLOCK])
def walls(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Walls:
    walls = standing(request.param)
    if walls is None:
        pytest.skip(f"no {request.param} here")
    monkeypatch.setattr(building, "detect_for_code", lambda: walls)
    return walls


def run(code: str, stdin: str = "", timeout: float = 20) -> sandbox.Result:
    return sandbox.run_python(code, stdin, timeout=timeout, memory=LIMIT)


def test_it_gives_input_and_returns_output(walls: Walls) -> None:
    result = run("import sys; print(input()[::-1]); print('aside', file=sys.stderr)", "abc")
    assert (result.ending, result.exit_code, result.output, result.errors) == (
        Ending.SUCCEEDED, 0, "cba\n", "aside\n",
    )  # fmt: skip


def test_it_tells_a_failure_with_its_status(walls: Walls) -> None:
    assert run("import sys; sys.exit(3)").exit_code == 3
    killed = run("import os; os.kill(os.getpid(), 9)")
    assert (killed.ending, killed.exit_code) == (Ending.FAILED, -9)


def test_it_reaches_no_network(walls: Walls, live_port: int) -> None:
    result = run(f"import socket; socket.create_connection(('127.0.0.1', {live_port}), 2); print('out')")
    assert (result.succeeded, result.output) == (False, "")


def test_it_sees_no_file_of_others_and_writes_only_its_own(walls: Walls, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the token")
    assert "the token" not in run(f"print(open({str(secret)!r}).read())").output
    assert not run("open('/etc/passwd').read()").succeeded
    assert not run("open('/usr/mine', 'w')").succeeded
    assert run("open('mine', 'w').write('x'); print(open('mine').read())").output == "x\n"


def test_it_touches_no_process_of_others(walls: Walls) -> None:
    code = "import os\nfor pid in range(2, 40000):\n  try: os.kill(pid, 0)\n  except OSError: continue\n"
    seen = run(code + "  if pid != os.getpid(): print(pid)")
    # Inside its own room a program may see itself under its parent; never a process outside.
    assert len(seen.output.split()) <= 2


def test_it_gets_none_of_the_surroundings(walls: Walls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert "hf_secret" not in run("import os; print(dict(os.environ))").output


@pytest.mark.parametrize(
    ("code", "ending", "timeout"),
    [
        ("while True: pass", Ending.TIME, 1),
        ("import time; time.sleep(60)", Ending.TIME, 1),
        ("while True: print('x' * 10000)", Ending.OUTPUT, 20),
        ("bytearray(3_000_000_000)", Ending.MEMORY, 20),
        ("f = open('big', 'wb')\nwhile True: f.write(bytes(1_000_000))", Ending.FAILED, 20),
    ],
)
def test_it_ends_what_has_no_end(walls: Walls, code: str, ending: Ending, timeout: int) -> None:
    result = run(code, timeout=timeout)
    assert result.ending == ending
    assert result.seconds < timeout + 10
    assert len(result.output) <= sandbox.MAX_OUTPUT


def test_it_leaves_nothing_behind(walls: Walls, tmp_path: Path) -> None:
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv('/bin/sh', ['sh', '-c', 'sleep 4321'])
    os._exit(0)
time.sleep(0.3)
"""
    assert run(code).succeeded
    deadline = time.monotonic() + 5
    while _sleepers():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _sleepers() -> list[str]:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [line for line in lines if "sleep 4321" in line]


def test_it_bounds_the_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    if standing(Builder.BUBBLEWRAP) is None:
        pytest.skip("no bubblewrap here")
    code = """
import os, time
n = 0
try:
    while n < 1000:
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
        n += 1
except OSError:
    print('stopped', n)
"""
    result = run(code)
    assert result.output.startswith("stopped")
    assert int(result.output.split()[1]) < 40


def test_it_refuses_where_no_wall_stands_unless_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    none = Walls(Builder.NONE, files=False, network=False, processes=False)
    monkeypatch.setattr(building, "detect_for_code", lambda: none)
    with pytest.raises(sandbox.Unavailable, match="bubblewrap"):
        run("print(1)")
    monkeypatch.setenv(sandbox.ALLOWED, "1")
    assert run("print(1)").output == "1\n"
    assert run("while True: pass", timeout=1).ending == Ending.TIME


@pytest.fixture
def live_port() -> Iterator[int]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
