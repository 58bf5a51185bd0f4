"""The web server is killed in the middle of uploads; nothing that was acknowledged is lost."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import httpx

from tests.live import LiveHub

KILLS = 6


@pytest.fixture
def own_hub() -> Iterator[LiveHub]:
    hub = LiveHub()
    try:
        yield hub.start()
    finally:
        hub.close()


@pytest.mark.slow
def test_it_keeps_every_acknowledged_commit_when_the_web_server_is_killed(own_hub: LiveHub) -> None:
    own_hub.manage("create_user", "ada", "--email", "ada@example.org", "--password", "correct horse battery")
    token = own_hub.manage("create_token", "ada", "--name", "t", "--scope", "write").splitlines()[-1]
    api = HfApi(endpoint=own_hub.url, token=token)
    api.create_repo("ada/m")
    acknowledged: list[str] = []
    stop = threading.Event()

    def commit_for_ever() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            name = f"files/{number}.bin" if number % 4 == 0 else f"files/{number}.txt"
            content = os.urandom(300_000) if name.endswith(".bin") else f"line {number}\n".encode()
            try:
                api.create_commit(
                    "ada/m",
                    [CommitOperationAdd(name, content)],
                    commit_message=f"file {number}",
                    num_threads=1,
                )
                acknowledged.append(name)
            except (HfHubHTTPError, httpx.TransportError, OSError, RuntimeError, ValueError):
                time.sleep(0.2)

    writer = threading.Thread(target=commit_for_ever, daemon=True)
    writer.start()
    dice = random.Random(5)
    for _ in range(KILLS):
        time.sleep(1.5 + dice.random())
        own_hub.kill()
        own_hub.start()
    stop.set()
    writer.join()

    assert len(acknowledged) > KILLS
    own_hub.manage("fsck", "--repair")
    own_hub.manage("fsck")
    assert set(acknowledged) <= set(api.list_repo_files("ada/m"))
