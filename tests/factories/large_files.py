"""Large files in repositories, as an upload and a commit leave them."""

from __future__ import annotations

import hashlib

from hub.accounts.models import Namespace, User
from models_app.commits import services as commits
from models_app.commits.operations import AddLargeFile
from models_app.content import services as content
from models_app.repositories import large_files
from models_app.repositories.models import Repository
from tests.factories.repositories import actor_of
from tests.factories.xet import FileOfTerms, Xorb, random_chunks, shard


def upload(repository: Repository, data: bytes) -> str:
    """The sha256 of bytes that were sent for the repository and are in no commit yet."""
    sha256 = hashlib.sha256(data).hexdigest()
    content.receive_blob([data], sha256, len(data))
    large_files.link(repository, sha256)
    return sha256


def upload_by_xet(repository: Repository, seed: int = 0) -> FileOfTerms:
    """The same, sent as chunks: about 100 kB in two terms of one xorb."""
    xorb = Xorb(random_chunks(40, 3_000, seed))
    content.receive_xorb(xorb.hash, [xorb.body])
    file = FileOfTerms([(xorb, 5, 40), (xorb, 0, 3)])
    content.register_shard([shard([file])])
    large_files.link(repository, file.real_sha256)
    return file


def commit_large_file(repository: Repository, owner: User | Namespace, path: str, sha256: str) -> None:
    commits.commit(actor_of(owner), repository, "main", [AddLargeFile(path, sha256)], summary=f"Add {path}")
