"""One large file through the hub, against the least that the machine can do for it.

`python -m benchmarks.serving [--size MIB] [--rounds N]`; downloads against nginx serving the same file,
the upload against writing it durably while OpenSSL hashes it. The last column is the share of the
reference's speed. Needs nginx, and three times the size on the disk that holds temporary files.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path

from benchmarks.raw_http import Account, download, medians, sha256_of, upload, write_and_hash
from benchmarks.transfer import write_random
from tests import front_server
from tests.live import LiveHub


def measure(hub: LiveHub, size: int, rounds: int) -> None:
    file = hub.data / "random.bin"
    write_random(file, size)
    account = Account.on(hub)
    account.create("weights")
    measure_uploads(account, file, size, rounds)
    account.commit_large("weights", "w.bin", sha256_of(file), file.stat().st_size)
    measure_downloads(hub, file, size, rounds)


def measure_uploads(account: Account, file: Path, size: int, rounds: int) -> None:
    copy = file.with_name("copy.bin")

    def by_hand() -> float:
        copy.unlink(missing_ok=True)
        return write_and_hash(file, copy)

    def to_the_hub() -> float:
        """Another content each time: what the hub holds is only compared."""
        with file.open("r+b") as opened:
            opened.write(os.urandom(16))
        address = account.upload_address("weights", sha256_of(file), file.stat().st_size)
        return upload(address, file)

    seen = medians(rounds, {"hand": by_hand, "hub": to_the_hub})
    copy.unlink()
    print(f"{f'{size} MiB up':44}{'speed':>15}{'share':>9}")
    show("written and hashed, no server", seen["hand"], size, seen["hand"])
    show("PUT to the hub, verified and durable", seen["hub"], size, seen["hand"])


def measure_downloads(hub: LiveHub, file: Path, size: int, rounds: int) -> None:
    path = "/bench/weights/resolve/main/w.bin"
    behind = LiveHub(data=hub.data, extra_env={"HUB_FRONT_SERVER_PREFIX": "/_files", "HUB_TRUST_PROXY": "1"})
    behind.start(threads=64)
    try:
        with (
            front_server.of_folder(file.parent) as static,
            front_server.before_hub(behind.port, hub.data) as front,
        ):
            ways = {
                "static": partial(download, f"{static}/{file.name}"),
                "hub": partial(download, hub.url + path),
                "front": partial(download, front + path),
            }
            seen = medians(rounds, ways)
    finally:
        behind.kill()
    print(f"{f'{size} MiB down':44}{'speed':>15}{'share':>9}")
    show("nginx, a plain file", seen["static"], size, seen["static"])
    show("the hub alone", seen["hub"], size, seen["static"])
    show("the hub behind nginx (X-Accel-Redirect)", seen["front"], size, seen["static"])


def show(label: str, seconds: float, mib: float, reference: float) -> None:
    print(f"{label:44}{mib / seconds:9.0f} MiB/s{reference / seconds:9.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1024, metavar="MIB")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    if front_server.program() is None:
        print("This benchmark needs nginx.")
        return
    hub = LiveHub()
    try:
        hub.start(threads=64)
        measure(hub, options.size, options.rounds)
    finally:
        hub.close()


if __name__ == "__main__":
    main()
