"""Engines behind walls, and engines that run away, fill the memory or the disk."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from evals_app.jobs.exchange import Ending, Outcome, Verdict
from evals_app.jobs.failures import FailureCode
from evals_app.supervision.conditions import NO_WALLS
from tests.evals_app.supervision.engines import Hub, is_alive, run_engine
from walls import building, kernel, processes
from walls.building import Builder, Walls

Run = Callable[..., Outcome | None]
# What an interpreter for the scripts below lies in.
PYTHON = Path(sys.base_prefix) / "bin" / "python3.11"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return partial(run_engine, tmp_path)


@pytest.fixture(params=[Builder.BUBBLEWRAP, Builder.LANDLOCK])
def walls(request: pytest.FixtureRequest) -> Walls:
    found = building.detect()
    if request.param == Builder.BUBBLEWRAP and found.builder == Builder.BUBBLEWRAP:
        return found
    if request.param == Builder.LANDLOCK and kernel.landlock_version() >= building.LANDLOCK_WITH_NETWORK:
        return Walls(Builder.LANDLOCK, files=True, network=True, processes=False)
    pytest.skip(f"no {request.param} here")


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"asked {self.server.server_address[1]}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Callable[[], str]]:
    """Starts web servers that answer with their own address."""

    servers = []

    def start() -> str:
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Answer))
        Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for each in servers:
        each.shutdown()
        each.server_close()


def ask(url: str) -> str:
    code = f"import urllib.request as u; print(u.urlopen('{url}/x', timeout=3).read().decode())"
    return f'{PYTHON} -c "{code}" 2>&1 | tail -n 1'


def test_it_reaches_the_hub_and_nothing_else(run: Run, walls: Walls, server: Callable[[], str]) -> None:
    hub, (here, other) = Hub(), (server(), server())
    run(f"{ask('$HF_ENDPOINT')}\n{ask(other)}\necho '{{}}' > result.json", hub, walls=walls, hub_url=here)
    assert re.findall(r"asked (\d+)", hub.log) == [here.rpartition(":")[2]], hub.log


def certificate_for(host: str, folder: Path) -> tuple[Path, Path]:
    """Signed by itself alone."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ("-subj", "/CN=hub", "-addext", f"subjectAltName=IP:{host}")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject)
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_it_reaches_a_hub_by_https_and_the_other_hosts_that_were_named(
    run: Run, walls: Walls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    certificate, key = certificate_for(host, tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    servers = [ThreadingHTTPServer((host, 0), Answer) for _ in range(3)]
    for each in servers:
        each.socket = context.wrap_socket(each.socket, server_side=True)
        Thread(target=each.serve_forever, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    here, store, other = (f"https://{host}:{each.server_port}" for each in servers)
    hub = Hub()
    script = f"{ask('$HF_ENDPOINT')}\n{ask(store)}\n{ask(other)}\necho '{{}}' > result.json"
    store_address = store.removeprefix("https://")
    run(script, hub, walls=walls, hub_url=here, other_hosts=(store_address,))
    for each in servers:
        each.shutdown()
        each.server_close()
    reached = [str(each.server_port) for each in servers[:2]]
    assert re.findall(r"asked (\d+)", hub.log) == reached, hub.log


def test_a_pull_reaches_other_hubs(run: Run, walls: Walls, server: Callable[[], str]) -> None:
    hub, other = Hub(), server()
    run(f"{ask(other)}\necho '{{}}' > result.json", hub, walls=walls, kind="pull")
    assert other.rpartition(":")[2] in hub.log


def test_it_sees_neither_homes_nor_data_nor_other_jobs(run: Run, walls: Walls, tmp_path: Path) -> None:
    secret = tmp_path / "work" / "another-job" / "answers"
    secret.parent.mkdir(parents=True)
    secret.write_text("not yours")
    hub = Hub()
    script = f"cat {secret}; cat {building.code_root()}/manage.py; ls ~root; echo mine > {tmp_path}/out"
    outcome = run(f"{script}; echo '{{\"fine\": 1}}' > result.json", hub, walls=walls)
    assert outcome is not None
    assert outcome.result == {"fine": 1}
    assert "not yours" not in hub.log
    assert "DJANGO_SETTINGS_MODULE" not in hub.log
    assert not (tmp_path / "out").exists()


def test_it_still_saves_what_it_has_when_asked_to_end(run: Run, walls: Walls, tmp_path: Path) -> None:
    hub = Hub()
    script = "trap 'echo saved > kept; exit 143' TERM; echo up; while :; do sleep 0.1; done"
    assert run(script, hub, walls=walls, stop=lambda: "up" in hub.log or hub.beats > 50) == Outcome(
        Ending.GIVEN_BACK
    )
    assert [path.read_text() for path in (tmp_path / "work").glob("*/kept")] == ["saved\n"]


def test_it_tells_which_signal_ended_it(run: Run, walls: Walls) -> None:
    outcome = run("kill -9 $$", Hub(), walls=walls)
    assert outcome is not None
    assert outcome.failure is not None
    assert (outcome.failure.code, outcome.exit_code) == (FailureCode.KILLED, -9)


RUNS_AWAY = """
{python} -c "
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(4000)
    os._exit(0)
time.sleep(4000)
" {word} &
echo up; wait
"""


def test_cancel_ends_what_ran_away_within_seconds(run: Run, tmp_path: Path) -> None:
    _check_cancel(run, NO_WALLS, "runaway-free")


def test_cancel_ends_what_ran_away_behind_walls(run: Run, walls: Walls) -> None:
    _check_cancel(run, walls, f"runaway-{walls.builder}")


def _check_cancel(run: Run, walls: Walls, word: str) -> None:
    hub = Hub(lambda beat: Verdict(alive=True, cancel=len(_named(word)) >= 2 or beat > 50))
    started = time.monotonic()
    assert run(RUNS_AWAY.format(python=PYTHON, word=word), hub, walls=walls) == Outcome(Ending.CANCELLED)
    assert time.monotonic() - started < 20
    assert hub.beats <= 50
    assert not _named(word)


def _named(word: str) -> list[str]:
    """Living interpreters that were given the word: the one started, and the one that ran away."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if word.encode() in words and is_alive(path.parent.name):
            found.append(path.parent.name)
    return found


def test_it_ends_an_engine_that_takes_too_much_memory(run: Run) -> None:
    code = "x = bytearray(300_000_000); import time; x[::4096] = b'1' * len(x[::4096]); time.sleep(60)"
    outcome = run(f'{PYTHON} -c "{code}"', Hub(), memory_bytes=260_000_000)
    assert outcome is not None
    assert outcome.failure is not None
    assert outcome.failure.code == FailureCode.MEMORY_LIMIT
    assert not outcome.failure.is_retried


def test_it_ends_an_engine_that_fills_the_disk(run: Run) -> None:
    outcome = run("head -c 30000000 /dev/zero > big; sleep 60", Hub(), disk_bytes=20_000_000)
    assert outcome is not None
    assert outcome.failure is not None
    assert outcome.failure.code == FailureCode.DISK_LIMIT
    assert "20 MB" in outcome.failure.message


def test_what_outlived_its_supervisor_is_ended_by_the_next() -> None:
    code = """
import subprocess, sys
sys.path.insert(0, sys.argv[1])
from walls import processes
env = {processes.MARK: processes.new_mark("job")}
silent = subprocess.DEVNULL
command = ["/bin/sleep", "4000"]
print(subprocess.Popen(command, env=env, start_new_session=True, stdout=silent, stderr=silent).pid)
"""
    command = [PYTHON, "-c", code, building.code_root()]
    pid = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    assert is_alive(pid)
    assert int(pid) in processes.end_leftovers()
    deadline = time.monotonic() + 5
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
