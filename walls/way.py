"""The outer end of the way from a room without network to the hub: a process of its own, and a socket."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from walls import building

OPEN_SECONDS = 20.0
BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from walls import relay; relay.main(sys.argv[1:])"


@dataclass(frozen=True, slots=True)
class Way:
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "hub"

    @classmethod
    def open(cls, hub: str, others: Sequence[str] = ()) -> Way:
        """To the hub's host:port, and by tunnels to others. Raises OSError when it does not open."""
        folder = Path(tempfile.mkdtemp(prefix="way-to-hub-"))
        arguments = [str(building.code_root()), str(folder / "hub"), hub, *others]
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", BOOT, *arguments],
            stdin=subprocess.DEVNULL,
            env={"PATH": os.defpath},
        )
        way = cls(process, folder)
        deadline = time.monotonic() + OPEN_SECONDS
        while not way.socket.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                way.close()
                raise OSError(errno.ECONNREFUSED, "the way to the hub does not open")
            time.sleep(0.01)
        return way

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
