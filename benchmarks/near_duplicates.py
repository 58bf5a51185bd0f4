"""What an edited checkpoint costs: bytes stored for nearly equal files by Xet, against plain LFS in one run.

`python -m benchmarks.near_duplicates [--size MIB] [--python PATH]`; the real client, on this machine. A
copy differs by an overwritten block of 4 KiB and 126 inserted bytes. It is sent by the client that sent
the original, and by one that never saw it and learns from the hub which chunks need no sending.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.transfer import MIB, write_random
from tests.live import LiveHub

UPLOAD = """
import sys
from huggingface_hub import HfApi
api = HfApi()
api.create_repo(sys.argv[1], exist_ok=True)
api.upload_file(path_or_fileobj=sys.argv[2], path_in_repo="w.bin", repo_id=sys.argv[1])
"""


def edit(source: Path, target: Path, seed: int) -> None:
    """A copy with 4 KiB overwritten after a third and 126 bytes inserted after two."""
    noise = random.Random(seed)
    size = source.stat().st_size
    with source.open("rb") as original, target.open("wb") as copy:
        for part, change in ((size // 3, 4096), (size // 3, 0)):
            copy.write(original.read(part))
            copy.write(noise.randbytes(change or 126))
            original.seek(change, os.SEEK_CUR)
        while block := original.read(MIB):
            copy.write(block)


def stored(hub: LiveHub) -> int:
    kept = [path for kind in ("xorbs", "lfs") for path in (hub.data / kind).rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in kept)


def upload(
    hub: LiveHub, token: str, python: str, home: str, repository: str, file: Path, *, plain: bool = False
) -> tuple[int, float]:
    """Bytes that the hub stores more, and seconds; `plain` is LFS without Xet."""
    before, begin = stored(hub), time.perf_counter()
    environment = {
        "PATH": os.environ["PATH"],
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": token,
        "HF_HOME": home,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        **({"HF_HUB_DISABLE_XET": "1"} if plain else {}),
    }
    subprocess.run([python, "-c", UPLOAD, repository, file], env=environment, check=True)
    return stored(hub) - before, time.perf_counter() - begin


def compare(hub: LiveHub, token: str, python: str, size: int) -> None:
    original, first, second = (hub.data / name for name in ("original.bin", "first.bin", "second.bin"))
    write_random(original, size)
    edit(original, first, seed=1)
    edit(original, second, seed=2)
    total: dict[bool, int] = {True: 0, False: 0}
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as fresh:
        print(f"{'':35}raw MiB  stored MiB  of raw  seconds")
        for label, at, repository, file, plain in (
            ("original", home, "bench/a", original, False),
            ("edited, the same client", home, "bench/a", first, False),
            ("edited, a client that knows nothing", fresh, "bench/b", second, False),
            ("LFS: edited, the same client", home, "bench/c", edited(first, 3), True),
            ("LFS: edited, another client", fresh, "bench/c", edited(second, 4), True),
        ):
            more, seconds = upload(hub, token, python, at, repository, file, plain=plain)
            raw = file.stat().st_size
            total[plain] += more if file is not original else 0
            print(f"{label:35}{raw / MIB:7.1f}{more / MIB:12.2f}{more / raw:8.2%}{seconds:9.1f}", flush=True)
    print(f"two edited checkpoints: Xet stores {total[False] / total[True]:.4f} of what LFS stores")


def edited(source: Path, seed: int) -> Path:
    """Another copy, since bytes that the hub holds already would cost LFS nothing either."""
    target = source.with_name(f"{source.stem}-{seed}.bin")
    edit(source, target, seed)
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256, metavar="MIB")
    parser.add_argument("--python", default=sys.executable, help="an interpreter with huggingface_hub")
    options = parser.parse_args()
    hub = LiveHub()
    try:
        hub.start()
        hub.manage("create_user", "bench", "--password", "correct horse battery")
        token = hub.manage("create_token", "bench", "--scope", "write").strip().splitlines()[-1]
        compare(hub, token, options.python, options.size)
    finally:
        hub.close()


if __name__ == "__main__":
    main()
