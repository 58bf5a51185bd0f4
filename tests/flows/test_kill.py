"""The web server is killed in the middle of uploads; nothing that was acknowledged is lost, and no request
that reached a server failed within it."""

from __future__ import annotations

import hashlib
import io
import os
import queue
import random
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import httpx

from tests.live import LiveHub

UPLOADS, WRITERS, KILLS, ATTEMPTS = 100, 8, 6, 20
# What a client sees of a server that is gone: refused and broken connections, answers that were cut off.
# AttributeError: the client's threads share a session, which one that saw an error closes under the others.
INTERRUPTED = (HfHubHTTPError, httpx.TransportError, OSError, RuntimeError, ValueError, AttributeError)


@pytest.fixture
def own_hub() -> Iterator[LiveHub]:
    hub = LiveHub()
    try:
        yield hub.start(threads=32)
    finally:
        hub.close()


@dataclass
class Uploads:
    """Small files in the commit itself, large ones by Xet and, as open files are sent, by LFS."""

    api: HfApi
    waiting: queue.SimpleQueue[int] = field(default_factory=queue.SimpleQueue)
    acknowledged: dict[str, str] = field(default_factory=dict)
    interrupted: list[str] = field(default_factory=list)

    def send_all(self) -> None:
        try:
            while True:
                self.send(self.waiting.get_nowait())
        except queue.Empty:
            return

    def send(self, number: int) -> None:
        """Again and again, as a person would, until the hub says that it has it."""
        way = ("regular", "xet", "lfs")[number % 3]
        content = f"{number}\n".encode() * 9_000 if way == "regular" else os.urandom(2_000_000)
        name = f"{way}/{number}.{'txt' if way == 'regular' else 'bin'}"
        for _ in range(ATTEMPTS):
            source = io.BytesIO(content) if way == "lfs" else content
            try:
                self.api.create_commit(
                    "ada/m", [CommitOperationAdd(name, source)], commit_message=name, num_threads=1
                )
                self.acknowledged[name] = hashlib.sha256(content).hexdigest()
                return
            except INTERRUPTED as error:
                self.interrupted.append(repr(error))
                time.sleep(0.3)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")  # of the client about itself
def test_it_keeps_every_acknowledged_commit_when_the_web_server_is_killed(own_hub: LiveHub) -> None:
    own_hub.manage("create_user", "ada", "--email", "ada@example.org", "--password", "correct horse battery")
    token = own_hub.manage("create_token", "ada", "--name", "t", "--scope", "write").splitlines()[-1]
    api = HfApi(endpoint=own_hub.url, token=token)
    api.create_repo("ada/m")
    uploads = Uploads(api)
    for number in range(UPLOADS):
        uploads.waiting.put(number)
    writers = [threading.Thread(target=uploads.send_all, daemon=True) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    dice, kills = random.Random(5), 0
    while any(writer.is_alive() for writer in writers):
        time.sleep(1 + dice.random())
        if kills < KILLS:
            own_hub.kill()
            own_hub.start(threads=32)
            kills += 1

    assert len(uploads.interrupted) >= kills > 1, "the server was killed in the middle"
    log = (own_hub.data / "web.log").read_text()
    assert len(uploads.acknowledged) == UPLOADS, f"{uploads.interrupted[-3:]}\n{log[-4000:]}"
    own_hub.assert_web_never_failed()
    # Whatever step the last kill left out is taken by whoever comes next.
    api.create_commit("ada/m", [CommitOperationAdd("after.txt", b"after")], commit_message="After")
    assert "No errors" in own_hub.manage("fsck", "--full")
    assert set(uploads.acknowledged) <= set(api.list_repo_files("ada/m"))
    for name, sha256 in uploads.acknowledged.items():
        with urllib.request.urlopen(f"{own_hub.url}/ada/m/resolve/main/{name}") as answer:
            assert hashlib.sha256(answer.read()).hexdigest() == sha256, name
