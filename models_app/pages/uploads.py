"""Files that a browser sent, as operations of a commit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from django.core.files.uploadedfile import UploadedFile

from models_app.commits.operations import AddFile, AddLargeFile, Operation
from models_app.content import services as content
from models_app.repositories import attributes, large_files, selectors
from models_app.repositories.models import Repository

ATTRIBUTES = ".gitattributes"


def operations_of(
    repository: Repository, commit: str, folder: str, files: Iterable[UploadedFile[bytes]]
) -> Iterator[Operation]:
    """One operation a file, made when it is asked for. What `.gitattributes` calls large is stored so,
    else a clone would find content where its rules promise a pointer."""
    raw = selectors.read_small(repository, commit, ATTRIBUTES) or b""
    rules = attributes.parse(raw.decode("utf-8", "replace"))
    for file in files:
        path = f"{folder}/{file.name}" if folder else str(file.name)
        yield _large(repository, path, file) if rules.is_lfs(path) else AddFile(path, file.read())


def _large(repository: Repository, path: str, file: UploadedFile[bytes]) -> AddLargeFile:
    digest = hashlib.sha256()
    for block in file.chunks():
        digest.update(block)
    size = int(file.size or 0)
    content.receive_blob(file.chunks(), digest.hexdigest(), size)
    large_files.link(repository, digest.hexdigest())
    return AddLargeFile(path, digest.hexdigest(), size)
