from __future__ import annotations

import pytest

from hub.accounts.models import User
from hub.activity.models import Event
from hub.core.errors import Conflict, GatedRepository
from models_app.commits import duplication, selectors
from models_app.repositories import gating, references, services
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository
from models_app.storage.git_store import store
from tests.factories.accounts import actor_for, make_user
from tests.factories.large_files import commit_large_file, upload
from tests.factories.repositories import make_repository


@pytest.fixture
def owner(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def source(owner: User) -> Repository:
    repository = make_repository(owner, files={"README.md": "---\nlicense: mit\n---\n", "a.txt": "a"})
    commit_large_file(repository, owner, "w.bin", upload(repository, b"weights" * 40))
    references.create_tag(actor_for(owner), repository, "main", "v1")
    return repository


def test_a_copy_has_files_history_and_tags(source: Repository) -> None:
    bob = actor_for(make_user("bob"))
    copy = duplication.duplicate(bob, source, "bob/mine")
    source.refresh_from_db()
    assert (copy.head, copy.commit_count, copy.licence) == (source.head, source.commit_count, "mit")
    assert [ref.name for ref in repositories.refs(copy).tags] == ["v1"]
    entry = repositories.find(copy, copy.head, "w.bin")
    assert b"".join(repositories.open_content(copy, entry).read(0, 7)) == b"weights"
    assert "w.bin" in selectors.last_commits(copy, copy.head, "", ["w.bin"])


def test_what_was_private_stays_so(source: Repository, owner: User) -> None:
    services.update_settings(actor_for(owner), source, visibility="private")
    assert duplication.duplicate(actor_for(owner), source, "alice/p").is_private
    copy = duplication.duplicate(actor_for(owner), source, "alice/q", private=False)
    assert not copy.is_private
    event = Event.objects.get(verb="repository.duplicated", thing_name="alice/q")
    assert "from" not in event.data


def test_a_gate_is_copied_and_not_passed(source: Repository, owner: User) -> None:
    bob = make_user("bob")
    services.update_settings(actor_for(owner), source, gating="manual")
    with pytest.raises(GatedRepository):
        duplication.duplicate(actor_for(bob), source, "bob/mine")
    gating.grant(actor_for(owner), source, bob)
    assert duplication.duplicate(actor_for(bob), source, "bob/mine").gating == "manual"


def test_a_taken_name_is_refused(source: Repository, owner: User) -> None:
    with pytest.raises(Conflict, match="already exists"):
        duplication.duplicate(actor_for(owner), source, "alice/thing")


def test_a_copy_that_fails_leaves_nothing(source: Repository, owner: User) -> None:
    """The folder of the source is gone, as after a deletion a moment ago."""
    store().discard(source.storage_id)
    with pytest.raises(Exception):  # noqa: B017  whatever git says of it
        duplication.duplicate(actor_for(owner), source, "alice/again")
    assert not Repository.objects.filter(key="again").exists()
