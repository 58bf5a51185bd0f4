"""Large files through a hub of its own: speed both ways, and the memory that the web server takes.

`python -m benchmarks.transfer [--size MIB] [--python PATH]`; the real client, on this machine. Needs
about four times the size on the disk that holds temporary files.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from tests.live import ROOT, LiveHub

CLIENT = ROOT / "tests" / "contract" / "transfer_client.py"
MIB = 1 << 20


@dataclass
class Memory:
    """The largest resident memory of the server's processes, sampled ten times a second, in bytes."""

    root: psutil.Process
    peak: int = 0

    def __post_init__(self) -> None:
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def watch(self) -> None:
        while not self.done.wait(0.1):
            for process in self.root.children(recursive=True):
                self.peak = max(self.peak, process.memory_info().rss)


def write_random(path: Path, mib: int) -> None:
    source = random.Random(0)
    with path.open("wb") as file:
        for _ in range(mib):
            file.write(source.randbytes(MIB))


def measure(hub: LiveHub, token: str, python: str, file: Path, *, xet: bool) -> dict[str, float]:
    assert hub.server
    home = tempfile.mkdtemp(prefix="hub-benchmark-")
    environment = {
        "PATH": os.environ["PATH"],
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": token,
        "HF_HOME": home,
        "HF_HUB_DISABLE_XET": "0" if xet else "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    try:
        with Memory(psutil.Process(hub.server.pid)) as memory:
            done = subprocess.run(
                [python, CLIENT, f"bench/{'xet' if xet else 'lfs'}", file],
                env=environment, check=True, capture_output=True, text=True,
            )  # fmt: skip
    finally:
        shutil.rmtree(home)
    report = json.loads(done.stdout)
    assert report["same"], "the bytes came back changed"
    return {**report, "peak": memory.peak / MIB}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2048, metavar="MIB")
    parser.add_argument("--way", choices=["lfs", "xet"], action="append", help="default: both")
    parser.add_argument("--python", default=sys.executable, help="an interpreter with huggingface_hub")
    options = parser.parse_args()
    hub = LiveHub()
    file = hub.data / "random.bin"
    try:
        hub.start()
        hub.manage("create_user", "bench", "--password", "correct horse battery")
        token = hub.manage("create_token", "bench", "--scope", "write").strip().splitlines()[-1]
        write_random(file, options.size)
        print(f"{options.size} MiB      up MiB/s  down MiB/s  server RSS MiB, peak")
        for way in options.way or ["lfs", "xet"]:
            seen = measure(hub, token, options.python, file, xet=way == "xet")
            up, down = options.size / seen["upload_seconds"], options.size / seen["download_seconds"]
            print(f"{way:12} {up:10.0f} {down:11.0f} {seen['peak']:21.0f}", flush=True)
    finally:
        hub.close()


if __name__ == "__main__":
    main()
