"""The hub against an MLflow server on the same machine: small requests and large files.

`python -m benchmarks.mlflow_compared [--mlflow PATH] [--size MIB]`; MLflow runs as its own command starts
it (its default server and number of workers, a registry in SQLite, artifacts on disk), the hub with one
web process. Both hold the same: models with versions, one large file. `make .venv-mlflow/.installed`
installs MLflow. The last column says how many times MLflow's time or speed the hub has; MLflow neither
hashes nor syncs what it takes, so below the upload stands what loopback and sha256 alone take.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.raw_http import Account, download, latency, medians, receive_and_hash, sha256_of, upload
from benchmarks.transfer import write_random
from tests.live import ROOT, LiveHub, free_port

MODELS = 200
REQUESTS = 200
REGISTRY = "/api/2.0/mlflow/registered-models"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@contextmanager
def mlflow_server(program: str) -> Iterator[str]:
    folder, port = Path(tempfile.mkdtemp(prefix="mlflow-bench-")), free_port()
    command = [
        *(program, "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{folder}/registry.db"),
        *("--artifacts-destination", str(folder / "artifacts")),
    ]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=kept, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait(f"http://127.0.0.1:{port}/health", folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait(url: str, log: Path) -> None:
    for _ in range(600):
        try:
            urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"MLflow did not start:\n{log.read_text()[-2000:]}")


def post(url: str, body: dict[str, Any]) -> None:
    request = Request(url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    urlopen(request).close()


def fill_mlflow(url: str) -> None:
    for n in range(MODELS):
        post(f"{url}{REGISTRY}/create", {"name": f"model-{n}"})


def fill_hub(account: Account) -> None:
    for n in range(MODELS):
        account.create(f"model-{n}")


def compare_requests(hub: LiveHub, mlflow: str) -> None:
    print(f"{'median ms':40}{'MLflow':>10}{'hub':>10}{'times':>8}")
    pairs = {
        "one model": (f"{REGISTRY}/get?name=model-7", "/api/models/bench/model-7"),
        "a page of 30 models": (f"{REGISTRY}/search?max_results=30", "/api/models?limit=30"),
        "a search among 200": (
            f"{REGISTRY}/search?filter=name%20LIKE%20%27%25model-11%25%27",
            "/api/models?search=model-11",
        ),
    }
    for label, (theirs, ours) in pairs.items():
        seen = medians(
            3,
            {
                "mlflow": partial(latency, mlflow + theirs, REQUESTS),
                "hub": partial(latency, hub.url + ours, REQUESTS),
            },
        )
        print(
            f"{label:40}{seen['mlflow'] * 1000:10.1f}{seen['hub'] * 1000:10.1f}"
            f"{seen['mlflow'] / seen['hub']:8.1f}",
            flush=True,
        )


def compare_transfers(account: Account, mlflow: str, file: Path, size: int, rounds: int) -> None:
    print(f"{f'{size} MiB, MiB/s':40}{'MLflow':>10}{'hub':>10}{'times':>8}")

    def to_the_hub() -> float:
        with file.open("r+b") as opened:
            opened.write(os.urandom(16))
        return upload(account.upload_address("model-0", sha256_of(file), file.stat().st_size), file)

    ways = {"mlflow": partial(upload, f"{mlflow}{ARTIFACTS}/w.bin", file), "hub": to_the_hub}
    bound = {"bound": partial(receive_and_hash, file)}
    seen = medians(rounds, ways | bound)
    show_speeds("upload", size, seen)
    print(
        f"{'  loopback and sha256 alone':50}{size / seen['bound']:10.0f}{seen['mlflow'] / seen['bound']:8.1f}"
    )
    account.commit_large("model-0", "w.bin", sha256_of(file), file.stat().st_size)
    ways = {
        "mlflow": partial(download, f"{mlflow}{ARTIFACTS}/w.bin"),
        "hub": partial(download, f"{account.hub.url}/bench/model-0/resolve/main/w.bin"),
    }
    show_speeds("download", size, medians(rounds, ways))


def show_speeds(label: str, size: int, seen: dict[str, float]) -> None:
    print(
        f"{label:40}{size / seen['mlflow']:10.0f}{size / seen['hub']:10.0f}"
        f"{seen['mlflow'] / seen['hub']:8.1f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mlflow", default=str(ROOT / ".venv-mlflow" / "bin" / "mlflow"))
    parser.add_argument("--size", type=int, default=1024, metavar="MIB")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not Path(options.mlflow).exists():
        print("This benchmark needs MLflow: make .venv-mlflow/.installed")
        return
    hub = LiveHub()
    try:
        hub.start(threads=64)
        account = Account.on(hub)
        fill_hub(account)
        file = hub.data / "random.bin"
        write_random(file, options.size)
        with mlflow_server(options.mlflow) as mlflow:
            fill_mlflow(mlflow)
            compare_requests(hub, mlflow)
            compare_transfers(account, mlflow, file, options.size, options.rounds)
    finally:
        hub.close()


if __name__ == "__main__":
    main()
