"""References whose content the hub derives from others: `refs/convert/…`.

Each is one commit without parents, replaced as a whole: what it was made of has the history.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hub.core import clock
from hub.core.errors import Conflict
from models_app.commits.intake import ATTRIBUTES, lay_out, take_in
from models_app.commits.operations import AddFile, AddLargeFile, Operation
from models_app.commits.rewriting import pointer_id
from models_app.repositories import derived, large_files
from models_app.repositories.locks import repository_lock
from models_app.repositories.models import Repository
from models_app.repositories.signatures import signature
from models_app.storage import git_commits, git_processes
from models_app.storage.git_objects import RefMoved
from models_app.storage.git_store import store
from models_app.storage.git_trees import apply
from models_app.storage.pack import PackWriter

ALL_LARGE = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"


def publish(repository: Repository, ref: str, files: Mapping[str, str], *, title: str) -> str:
    """The reference holds exactly these large files (sha256 by path) from now on; returns the commit.

    No event is recorded: nobody did anything. Raises Busy, Conflict, InvalidInput for a file that
    the repository is not linked to.
    """
    operations: list[Operation] = [AddFile(ATTRIBUTES, ALL_LARGE)]
    operations += [AddLargeFile(path, sha256) for path, sha256 in files.items()]
    with PackWriter(store().open(repository.storage_id).path) as pack:
        plan = take_in(repository, operations, pack)
        derived.mark_committed(repository, plan.large_files.values())
        with repository_lock(repository):
            git = store().open(repository.storage_id)
            tip = git.ref(ref)
            tree = apply(git, None, lay_out(plan, git, "", pack), pack) or pack.add("tree", b"")
            new = pack.add("commit", git_commits.serialize(tree, [], signature(None), clock.now(), title, ""))
            pack.publish()
            try:
                git.move_ref(ref, expected=tip, target=new)
            except RefMoved:
                raise Conflict(f"{ref} moved at the same moment.") from None
    derived.recount(repository)
    return new


def withdraw(repository: Repository, ref: str) -> None:
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        if git.ref(ref):
            git.delete_ref(ref)


def forget_unnamed(repository: Repository, sha256s: Collection[str]) -> None:
    """Let go of those of the large files that no reference's history names. Costs a walk of all objects."""
    held = large_files.describe_linked(repository, sha256s)
    if not held:
        return
    path = store().open(repository.storage_id).path
    named = set(git_processes.run(path, "rev-list", "--objects", "--all", "--no-object-names").split())
    large_files.unlink(
        repository, {sha256 for sha256, row in held.items() if pointer_id(sha256, row.size) not in named}
    )
    derived.recount(repository)
