"""Whole files become chunks: what came by LFS is sent to our own content store, as any client sends a file.

From then on the file has a Xet hash (clients copy it between repositories and fetch it by chunks), and
shares what it has in common with others. The whole file goes at the next nightly clean-up.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from models_app.content import selectors, services
from models_app.content.models import LfsObject
from models_app.repositories.models import RepositoryLfsObject
from models_app.repositories.xet_access import Scope, XetAccess, cas_path, sign_access

# A process of its own: the client keeps threads and a cache of what it sent.
PROGRAM = """
import json, sys
import hf_xet
order = json.load(sys.stdin)
hf_xet.upload_files([order["path"]], order["cas"], (order["token"], order["expires"]), None, None, "model")
"""
# A token for half an hour bounds how large a file may be, at 50 MiB a second.
TIME_LIMIT_SECONDS = 1500
LEAST_BYTES = 1 << 20
MOST_BYTES = 64 << 30


@dataclass(frozen=True, slots=True)
class Converted:
    files: int
    bytes: int
    failed: int


def convert(budget: int) -> Converted:
    """Convert files that came whole, oldest first, until `budget` bytes were read or none is left.

    Needs a running hub at `HUB_ENGINE_HUB_URL`. A file that fails stays as it is.
    """
    files = size = failed = 0
    for row in whole_files():
        if files + failed and size + row.size > budget:
            break
        size += row.size
        if send(row) and services.prefer_chunks(row.sha256):
            files += 1
        else:
            failed += 1
    return Converted(files, size, failed)


def whole_files() -> list[LfsObject]:
    rows = LfsObject.objects.filter(
        storage="blob",
        size__range=(LEAST_BYTES, MOST_BYTES),
        pk__in=RepositoryLfsObject.objects.filter(committed_at__isnull=False).values("lfs_object"),
    )
    return list(rows.order_by("verified_at", "pk")[:1000])


def send(row: LfsObject) -> bool:
    """Whether the client got through. Its token opens one repository that holds the file, for nobody."""
    if row.xet_file_id:
        return True
    link = RepositoryLfsObject.objects.filter(lfs_object=row, committed_at__isnull=False).first()
    if link is None:
        return False
    access = XetAccess(link.repository_id, Scope.WRITE, None, only_this=True)
    token, expires = sign_access(access, "main")
    with tempfile.TemporaryDirectory() as home:
        order = {
            "path": selectors.local_path(row) or fetched(row, Path(home) / "file"),
            "cas": f"{settings.ENGINE_HUB_URL}{cas_path()}",
            "token": token,
            "expires": expires,
        }
        return run(order, home)


def fetched(row: LfsObject, path: Path) -> str:
    with path.open("wb") as file:
        for block in selectors.read_range(row, 0, row.size):
            file.write(block)
    return str(path)


def run(order: dict[str, object], home: str) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input=json.dumps(order),
            env={"HF_HOME": home, "HOME": home, "PATH": ""},
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
