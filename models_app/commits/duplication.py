"""A repository of one's own that begins as another one is now."""

from __future__ import annotations

from django.db import transaction

from hub.accounts.actors import Actor
from models_app.commits import indexing
from models_app.repositories import access, derived, large_files, services
from models_app.repositories.events import record
from models_app.repositories.locks import repository_lock
from models_app.repositories.models import Gating, Repository
from models_app.repositories.policies import Need
from models_app.storage import git_processes
from models_app.storage.git_store import store

# Branches and tags with their history; pull requests stay where they were proposed.
REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


def duplicate(actor: Actor, source: Repository, full_id: str, *, private: bool | None = None) -> Repository:
    """Branches, tags and large files of `source` under a new name. Large files are stored once.

    What was private or gated stays so unless `private` says otherwise; a gate always stays. Raises
    what `services.create` does, GatedRepository. A copy that fails leaves nothing behind.
    """
    access.require(actor, source, Need.CONTENT)
    if private is None and source.is_private:
        private = True
    target = services.create(actor, source.type, full_id, private=private)
    try:
        _fill(actor, source, target)
    except BaseException:
        services.delete(actor, target)
        raise
    return target


def _fill(actor: Actor, source: Repository, target: Repository) -> None:
    if source.gating != Gating.OPEN:
        services.update_settings(actor, target, gating=source.gating)
    # Before the references: files without a link would be refused to those who read the copy.
    sha256s = derived.linked_sha256s(source)
    missing = large_files.copy_links(source, target, sha256s)
    derived.mark_committed(target, set(sha256s) - missing)
    with repository_lock(target):
        git_processes.run(
            store().path(target.storage_id),
            *("-c", "fetch.unpackLimit=1"),
            *("fetch", "--quiet", "--atomic", "--no-write-fetch-head", "--update-head-ok"),
            str(store().path(source.storage_id)),
            *REFS,
        )
    indexing.catch_up(target, full=True)
    # The name of what others may not see is not told by its copy.
    data = {} if source.is_private and not target.is_private else {"from": source.full_id}
    with transaction.atomic():
        record("repository.duplicated", actor, target, data)
