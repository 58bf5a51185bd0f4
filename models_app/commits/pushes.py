"""A push: git receives it, the hub decides before, and indexes after."""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction

from hub.accounts.actors import Actor
from models_app.commits import indexing, selectors
from models_app.repositories import access, derived, upkeep
from models_app.repositories.events import record
from models_app.repositories.models import Repository
from models_app.repositories.policies import Need
from models_app.storage import git_processes
from models_app.storage.git_store import store

HERE = Path(__file__).parent
ZERO = "0" * 40
MARK = "hub.pushing."
# No push lasts longer: the web server would have ended it.
INTERRUPTED_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class PushRights:
    """What a push may move: branches and tags, and which pull requests, by their full names."""

    branches_and_tags: bool
    pull_requests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """Git's answer, at its start, and the full names of the references that moved."""

    answer: IO[bytes]
    refs: list[str]


def receive(
    actor: Actor, repository: Repository, body: Iterable[bytes], protocol: str, rights: PushRights
) -> Received:
    """Run the push to its end. The caller has asked which references the actor may move.

    Git moves the references itself, each by compare and swap. What a commit of the API could not bring
    (paths, cards, files over the size limit, pointers to large files that were not uploaded here),
    references beyond `rights`, and the loss of a protected branch's history are refused as a whole, with
    the reason in git's output.
    """
    access.require(actor, repository, Need.WRITE if rights.branches_and_tags else Need.CONTRIBUTE)
    path = store().open(repository.storage_id).path
    # Found by upkeep when this process dies before the push is indexed.
    mark = path / f"{MARK}{uuid.uuid4().hex}"
    mark.touch()
    with tempfile.TemporaryDirectory(prefix="push-") as folder:
        linked, received = Path(folder) / "linked", Path(folder) / "received"
        pointers = Path(folder) / "pointers"
        sizes = derived.linked_sizes(repository)
        linked.write_text("\n".join(f"{sha256} {size}" for sha256, size in sizes))
        received.touch()
        pointers.touch()
        answer = git_processes.receive_pack(
            path,
            body,
            protocol,
            [
                "-c",
                f"core.hooksPath={HERE / 'hooks'}",
                "-c",
                f"receive.maxInputSize={settings.MAX_COMMIT_BYTES}",
            ],
            {
                "HUB_PYTHON": sys.executable,
                "HUB_PRE_RECEIVE": str(HERE / "pre_receive.py"),
                "HUB_MAX_FILE_BYTES": str(settings.MAX_REGULAR_FILE_BYTES),
                "HUB_LINKED": str(linked),
                "HUB_RECEIVED": str(received),
                "HUB_POINTERS": str(pointers),
                "HUB_REPOSITORY_TYPE": repository.type,
                "HUB_PROTECTED": "\n".join(repository.protected_branches),
                "HUB_BRANCHES": "1" if rights.branches_and_tags else "",
                "HUB_PULL_REQUESTS": " ".join(rights.pull_requests),
            },
        )
        updates = [line.split() for line in received.read_text().splitlines()]
        if updates:
            _index(actor, repository, updates, pointers.read_text().split())
    mark.unlink(missing_ok=True)
    return Received(answer, [ref for _old, _new, ref in updates])


def finish_interrupted(repository: Repository) -> bool:
    """Mark the large files of pushes whose process died before it could; True when there were any.

    Without the mark they would count as abandoned uploads. Costs a look at every object.
    """
    path = store().path(repository.storage_id)
    old = time.time() - INTERRUPTED_SECONDS
    marks = [mark for mark in path.glob(f"{MARK}*") if mark.stat().st_mtime < old]
    if not marks:
        return False
    listed = git_processes.run(path, "rev-list", "--objects", "--all", "--no-object-names")
    git = store().open(repository.storage_id)
    derived.mark_committed(repository, indexing.pointers_among(git, listed.split()))
    indexing.catch_up(repository)
    for mark in marks:
        mark.unlink(missing_ok=True)
    return True


def _index(actor: Actor, repository: Repository, updates: list[list[str]], large_files: list[str]) -> None:
    derived.mark_committed(repository, large_files)
    indexing.catch_up(repository)
    with transaction.atomic():
        for old, new, ref in updates:
            _record(actor, repository, old, new, ref)
    upkeep.ask_where_due(repository)


def _record(actor: Actor, repository: Repository, old: str, new: str, ref: str) -> None:
    kind, _, name = ref.removeprefix("refs/").partition("/")
    if kind == "pr":
        name = ref
    if kind == "tags":
        verb = "repository.tag-deleted" if new == ZERO else "repository.tag-created"
        record(verb, actor, repository, {"tag": name})
    elif new == ZERO:
        record("repository.branch-deleted", actor, repository, {"branch": name})
    else:
        commit = selectors.get_commit(repository, new)
        parent = None if old == ZERO else old
        data = {"commit": new, "parent": parent, "branch": name, "title": commit.title}
        record("commit", actor, repository, data)
