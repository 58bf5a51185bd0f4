"""Do slow transfers leave the hub quick? Many clients that hardly read or send, and small requests beside.

`python -m benchmarks.slow_clients [--clients N]`; a hub of its own with the default number of threads.
Half of the clients download a large file and do not read on, half begin an upload and do not go on.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import socket
import statistics
import time
import urllib.request
from contextlib import ExitStack
from urllib.error import HTTPError

from benchmarks.raw_http import Account
from tests.live import LiveHub

SIZE = 64 << 20
REQUESTS = 200


def upload_path(account: Account, sha256: str) -> str:
    """Where to send bytes that are `SIZE` long."""
    return account.upload_address("slow", sha256, SIZE).removeprefix(account.hub.url)


def stall(hub: LiveHub, stack: ExitStack, head: str, first: bytes = b"") -> None:
    """Send the beginning of a request and then nothing more; read nothing."""
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", hub.port)))
    connection.sendall(f"{head} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode() + first)


def latencies(hub: LiveHub, count: int) -> list[float]:
    """Milliseconds of small requests, one after the other."""
    seen = []
    for _ in range(count):
        begin = time.perf_counter()
        try:
            with urllib.request.urlopen(f"{hub.url}/api/models/bench/slow", timeout=30) as answer:
                answer.read()
        except HTTPError as error:
            raise SystemExit(f"a small request got {error.code}") from error
        seen.append((time.perf_counter() - begin) * 1000)
    return seen


def show(label: str, values: list[float]) -> None:
    ordered = sorted(values)
    p95 = ordered[int(len(ordered) * 0.95)]
    print(f"{label:28}{statistics.median(ordered):10.1f}{p95:10.1f}{ordered[-1]:10.1f}", flush=True)


def prepare(hub: LiveHub) -> Account:
    """Somebody with a repository that holds one large file."""
    account = Account.on(hub)
    account.create("slow")
    data = os.urandom(SIZE)
    sha256 = hashlib.sha256(data).hexdigest()
    address = account.upload_address("slow", sha256, SIZE)
    urllib.request.urlopen(urllib.request.Request(address, data=data, method="PUT")).close()
    account.commit_large("slow", "w.bin", sha256, SIZE)
    return account


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--threads", type=int, default=64)
    options = parser.parse_args()
    hub = LiveHub(extra_env={"HUB_WEB_THREADS": str(options.threads)})
    try:
        hub.start(threads=options.threads)
        account = prepare(hub)
        print(f"{'small requests, ms':28}{'median':>10}{'p95':>10}{'worst':>10}")
        show("nobody else", latencies(hub, REQUESTS))
        with ExitStack() as stack:
            for at in range(options.clients // 2):
                stall(hub, stack, "GET /bench/slow/resolve/main/w.bin", b"\r\n")
                path = upload_path(account, hashlib.sha256(str(at).encode()).hexdigest())
                stall(hub, stack, f"PUT {path}", f"Content-Length: {SIZE}\r\n\r\n".encode() + bytes(100_000))
            time.sleep(2)
            show(f"{options.clients} slow transfers", latencies(hub, REQUESTS))
    finally:
        hub.close()


if __name__ == "__main__":
    main()
