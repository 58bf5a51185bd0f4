"""Do slow transfers leave the hub quick? Many clients that hardly read or send, and small requests beside.

`python -m benchmarks.slow_clients [--clients N]`; a hub of its own with the default number of threads.
Half of the clients download a large file and do not read on, half begin an upload and do not go on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import socket
import statistics
import time
import urllib.request
from contextlib import ExitStack
from typing import Any
from urllib.error import HTTPError

from tests.live import LiveHub

SIZE = 64 << 20
REQUESTS = 200


def call(hub: LiveHub, token: str, path: str, body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body else None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(hub.url + path, data=data, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def upload_address(hub: LiveHub, token: str, data: bytes) -> str:
    """For bytes that are `SIZE` long, or are to pretend so."""
    item = {"oid": hashlib.sha256(data).hexdigest(), "size": SIZE}
    order = {"operation": "upload", "objects": [item], "ref": {"name": "main"}}
    told = call(hub, token, "/bench/slow.git/info/lfs/objects/batch", order)
    return str(told["objects"][0]["actions"]["upload"]["href"]).removeprefix(hub.url)


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


def prepare(hub: LiveHub) -> str:
    """A token, and a repository with one large file."""
    hub.manage("create_user", "bench", "--password", "correct horse battery")
    token = hub.manage("create_token", "bench", "--scope", "write").strip().splitlines()[-1]
    call(hub, token, "/api/repos/create", {"name": "slow", "type": "model"})
    data = os.urandom(SIZE)
    path = upload_address(hub, token, data)
    urllib.request.urlopen(urllib.request.Request(hub.url + path, data=data, method="PUT")).close()
    header = json.dumps({"key": "header", "value": {"summary": "Add weights"}})
    file = {"path": "w.bin", "algo": "sha256", "oid": hashlib.sha256(data).hexdigest(), "size": SIZE}
    lines = f"{header}\n{json.dumps({'key': 'lfsFile', 'value': file})}".encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    commit = f"{hub.url}/api/models/bench/slow/commit/main"
    urllib.request.urlopen(urllib.request.Request(commit, data=lines, headers=headers)).close()
    return token


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--threads", type=int, default=64)
    options = parser.parse_args()
    hub = LiveHub(extra_env={"HUB_WEB_THREADS": str(options.threads)})
    try:
        hub.start(threads=options.threads)
        token = prepare(hub)
        print(f"{'small requests, ms':28}{'median':>10}{'p95':>10}{'worst':>10}")
        show("nobody else", latencies(hub, REQUESTS))
        with ExitStack() as stack:
            for at in range(options.clients // 2):
                stall(hub, stack, "GET /bench/slow/resolve/main/w.bin", b"\r\n")
                path = upload_address(hub, token, str(at).encode())
                stall(hub, stack, f"PUT {path}", f"Content-Length: {SIZE}\r\n\r\n".encode() + bytes(100_000))
            time.sleep(2)
            show(f"{options.clients} slow transfers", latencies(hub, REQUESTS))
    finally:
        hub.close()


if __name__ == "__main__":
    main()
