"""Clone and fetch: what git's own program sends of a repository the caller may read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models_app.repositories.models import Repository
from models_app.storage import git_processes
from models_app.storage.git_store import store


def advertise(repository: Repository, service: str, protocol: str) -> bytes:
    """The announcement a client begins with; `service` is upload-pack or receive-pack."""
    return git_processes.advertise(store().open(repository.storage_id).path, service, protocol)


def upload_pack(repository: Repository, body: Iterable[bytes], protocol: str) -> Iterator[bytes]:
    """Streamed with constant memory here; git packs in a process of its own. Raises Busy."""
    return git_processes.PackStream(store().open(repository.storage_id).path, body, protocol)
