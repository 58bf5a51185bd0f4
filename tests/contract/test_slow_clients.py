"""Clients that take their time, against a running hub."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx2
import pytest
from huggingface_hub import HfApi

from tests.contract.people import make_token
from tests.live import LiveHub

# It waits on buffers of the kernel and on other people's clocks.
pytestmark = pytest.mark.slow
SIZE = 30 << 20
FILE = "/larges/slow/resolve/main/w.bin"


@pytest.fixture
def hub() -> Iterator[LiveHub]:
    """A hub that serves three transfers at a time, with a file of 30 MiB."""
    own = LiveHub(extra_env={"HUB_WEB_TRANSFERS": "3"})
    try:
        own.start(threads=6)
        own.manage("create_user", "larges")
        token = make_token(own, "larges")
        api = HfApi(endpoint=own.url, token=token)
        api.create_repo("larges/slow")
        api.upload_file(path_or_fileobj=random.randbytes(SIZE), path_in_repo="w.bin", repo_id="larges/slow")
        yield own
    finally:
        own.close()


def begin_download(hub: LiveHub, stack: ExitStack) -> None:
    """Ask for the file and read nothing of it."""
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", hub.port)))
    connection.sendall(f"GET {FILE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())


def status_of_download(hub: LiveHub) -> tuple[int, str]:
    with httpx2.stream("GET", hub.url + FILE) as response:
        return response.status_code, response.headers.get("Retry-After", "")


def test_slow_clients_leave_the_hub_quick(hub: LiveHub) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            begin_download(hub, stack)
        deadline = time.monotonic() + 10
        while status_of_download(hub) != (503, "3"):
            assert time.monotonic() < deadline
        for _ in range(10):
            small = httpx2.get(f"{hub.url}/api/models/larges/slow", timeout=5)
            assert small.status_code == 200
            assert small.elapsed.total_seconds() < 1
    deadline = time.monotonic() + 30
    while status_of_download(hub)[0] != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
