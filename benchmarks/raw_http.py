"""A client that costs next to nothing, so that a benchmark measures the server."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.live import LiveHub

BLOCK = 1 << 20


def target(url: str) -> str:
    """Path and query."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def download(url: str) -> float:
    """Seconds until the last byte of the answer's body was there."""
    parts = urlsplit(url)
    buffer = bytearray(BLOCK)
    begin = time.perf_counter()
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        head = connection.recv(16)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{url} answered {head.decode()}")
        while connection.recv_into(buffer):
            pass
    return time.perf_counter() - begin


def upload(url: str, file: Path) -> float:
    """Seconds until a PUT of the file was answered with success."""
    parts = urlsplit(url)
    lines = [
        f"PUT {target(url)} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Content-Length: {file.stat().st_size}",
        "Connection: close",
    ]
    begin = time.perf_counter()
    with socket.create_connection((parts.hostname, parts.port)) as connection, file.open("rb") as source:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        connection.sendfile(source)
        answer = connection.recv(64)
    if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
        raise SystemExit(f"PUT {url} answered {answer.decode()}")
    return time.perf_counter() - begin


def write_and_hash(source: Path, target: Path) -> float:
    """Seconds to write a copy durably while OpenSSL hashes it: the least that any upload has to do."""
    begin = time.perf_counter()
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("wb") as write:
        while block := read.read(BLOCK):
            digest.update(block)
            write.write(block)
        write.flush()
        os.fsync(write.fileno())
    return time.perf_counter() - begin


def receive_and_hash(file: Path) -> float:
    """Seconds to send a file over loopback to somebody who only hashes it: a verified upload without a server
    and without a disk."""
    digest, buffer = hashlib.sha256(), bytearray(BLOCK)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        begin = time.perf_counter()
        sender = threading.Thread(target=send_file, args=(file, listening.getsockname()))
        sender.start()
        with listening.accept()[0] as connection:
            while got := connection.recv_into(buffer):
                digest.update(memoryview(buffer)[:got])
        sender.join()
    return time.perf_counter() - begin


def send_file(file: Path, address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection, file.open("rb") as source:
        connection.sendfile(source)


def medians(rounds: int, ways: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """Seconds of each way; they take turns, so that all meet the same moods of the machine."""
    seen: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            seen[name].append(way())
    return {name: statistics.median(values) for name, values in seen.items()}


def latency(url: str, count: int) -> float:
    """Median seconds of a small request on a connection that stays open."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port)
    path = target(url)
    seen = []
    for _ in range(count):
        begin = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        seen.append(time.perf_counter() - begin)
        if answer.status != 200:
            raise SystemExit(f"{url} answered {answer.status}")
    connection.close()
    return statistics.median(seen)


def pages(url: str) -> int:
    """Ask for a list and for all that follow it, on one connection; how many entries they have."""
    parts, count, path = urlsplit(url), 0, target(url)
    connection = HTTPConnection(parts.hostname or "", parts.port)
    while path:
        connection.request("GET", path)
        answer = connection.getresponse()
        count += len(json.loads(answer.read()))
        if answer.status != 200:
            raise SystemExit(f"{url} answered {answer.status}")
        link = answer.headers.get("Link", "")
        path = target(link.partition(">")[0].removeprefix("<")) if link else ""
    connection.close()
    return count


@dataclass(frozen=True)
class Account:
    """Somebody with a token, who calls the hub as clients do."""

    hub: LiveHub
    token: str

    @classmethod
    def on(cls, hub: LiveHub) -> Account:
        hub.manage("create_user", "bench", "--password", "correct horse battery")
        return cls(hub, hub.manage("create_token", "bench", "--scope", "write").split()[-1])

    def post(self, path: str, body: bytes, kind: str = "application/json") -> bytes:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        with urlopen(Request(self.hub.url + path, data=body, headers=headers)) as answer:
            return bytes(answer.read())

    def create(self, name: str) -> None:
        self.post("/api/repos/create", json.dumps({"name": name, "type": "model"}).encode())

    def upload_address(self, name: str, sha256: str, size: int) -> str:
        order = {
            "operation": "upload",
            "objects": [{"oid": sha256, "size": size}],
            "ref": {"name": "main"},
        }
        told = json.loads(self.post(f"/bench/{name}.git/info/lfs/objects/batch", json.dumps(order).encode()))
        return str(told["objects"][0]["actions"]["upload"]["href"])

    def commit_large(self, name: str, path: str, sha256: str, size: int) -> None:
        file = {"path": path, "algo": "sha256", "oid": sha256, "size": size}
        lines = [
            {"key": "header", "value": {"summary": "Add weights"}},
            {"key": "lfsFile", "value": file},
        ]
        body = "\n".join(json.dumps(line) for line in lines).encode()
        self.post(f"/api/models/bench/{name}/commit/main", body, "application/x-ndjson")


def sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
