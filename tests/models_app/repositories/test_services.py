import pytest

from hub.accounts.actors import ANONYMOUS
from hub.activity.models import Event
from hub.core.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    PermissionRefused,
    RepositoryNotFound,
    RevisionNotFound,
    Unauthenticated,
)
from models_app.commits import selectors as commits
from models_app.repositories import selectors, services
from models_app.repositories.models import Repository, RepositoryRedirect
from models_app.storage.git_store import store
from tests.factories.accounts import actor_for, make_organization, make_user, token_actor
from tests.factories.repositories import commit_files, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def actor(alice):
    return actor_for(alice)


@pytest.fixture
def repository(alice):
    return make_repository(alice, "m", files={"a": "1"})


def test_it_starts_with_one_commit_that_holds_the_attributes(actor):
    made = services.create(actor, "dataset", "ALICE/Pairs")
    page = commits.history(made, "main")
    assert [(c.title, c.author_name) for c in page.commits] == [("initial commit", "alice")]
    text = selectors.read_small(made, made.head, ".gitattributes").decode()
    assert "*.safetensors filter=lfs diff=lfs merge=lfs -text" in text
    assert "*.wav" in text
    assert made.full_id == "alice/Pairs"
    assert "alice@example.org" not in page.commits[0].author_email


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "a--b", "a..b", "a.git", "ä", "a b", "x" * 97, "settings", "Dashboard", "a/b"]
)
def test_it_refuses_names_that_clients_refuse(actor, name):
    with pytest.raises(InvalidInput):
        services.create(actor, "model", f"alice/{name}")
    assert not Repository.objects.exists()


def test_it_refuses_a_name_that_is_taken_in_any_case(actor, repository):
    with pytest.raises(Conflict, match="A model repository called alice/M already exists") as error:
        services.create(actor, "model", "alice/M")
    assert error.value.status == 409
    assert services.create(actor, "dataset", "alice/m").type == "dataset"


def test_it_creates_only_where_the_actor_may_write(actor, alice):
    make_organization("acme")
    with pytest.raises(Unauthenticated):
        services.create(ANONYMOUS, "model", "alice/x")
    with pytest.raises(PermissionRefused):
        services.create(actor, "model", "acme/x")
    with pytest.raises(NotFound):
        services.create(actor, "model", "nobody/x")
    with pytest.raises(PermissionRefused):
        services.create(token_actor(alice, "read"), "model", "alice/x")
    job = token_actor(alice, "fineGrained", grants=[{"on": "repository:model:alice/out", "may": ["write"]}])
    assert services.create(job, "model", "alice/out")
    with pytest.raises(PermissionRefused):
        services.create(job, "model", "alice/else")


def test_it_takes_the_namespaces_default_visibility(actor, alice):
    alice.namespace.private_by_default = True
    alice.namespace.save()
    assert services.create(actor, "model", "alice/x").is_private
    assert not services.create(actor, "model", "alice/y", private=False).is_private


def test_it_deletes_the_row_and_the_folder(actor, repository):
    services.delete(actor, repository)
    assert not Repository.objects.exists()
    assert not store().exists(repository.storage_id)
    assert Event.objects.filter(verb="repository.deleted", thing_name="alice/m").exists()


def test_it_gives_redirected_names_to_whoever_takes_them(actor, repository):
    services.move(actor, repository, "alice/n")
    assert RepositoryRedirect.objects.get().full_key == "alice/m"
    services.create(actor, "model", "alice/m")
    assert not RepositoryRedirect.objects.exists()
    with pytest.raises(Conflict, match="A model repository called alice/m already exists"):
        services.move(actor, repository, "alice/m")


def test_it_lets_only_administrators_delete_move_and_set(repository):
    stranger = actor_for(make_user("bob"))
    for act in (
        lambda: services.delete(stranger, repository),
        lambda: services.move(stranger, repository, "bob/m"),
        lambda: services.update_settings(stranger, repository, visibility="private"),
    ):
        with pytest.raises(PermissionRefused):
            act()


def test_it_changes_visibility(actor, repository):
    services.update_settings(actor, repository, visibility="private")
    assert Repository.objects.get().is_private
    with pytest.raises(InvalidInput):
        services.update_settings(actor, repository, visibility="secret")


def test_it_makes_branches_and_deletes_them(actor, alice, repository):
    first = repository.head
    commit_files(repository, alice, {"a": "2"})
    services.create_branch(actor, repository, "dev")
    services.create_branch(actor, repository, "old/one", first[:7])
    assert [(b.name, b.commit) for b in selectors.refs(repository).branches] == [
        ("main", repository.head), ("dev", repository.head), ("old/one", first),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="Reference refs/heads/dev already exists"):
        services.create_branch(actor, repository, "dev")
    with pytest.raises(RevisionNotFound, match="Invalid rev id: nope"):
        services.create_branch(actor, repository, "x", "nope")
    with pytest.raises(InvalidInput, match="Invalid reference for a branch"):
        services.create_branch(actor, repository, "refs/pr/1")
    services.delete_branch(actor, repository, "dev")
    with pytest.raises(RevisionNotFound, match="Invalid rev id: dev"):
        services.delete_branch(actor, repository, "dev")
    with pytest.raises(InvalidInput, match="Cannot delete refs/heads/main"):
        services.delete_branch(actor, repository, "main")


def test_it_makes_tags_with_and_without_a_message(actor, repository):
    services.create_tag(actor, repository, "main", "v1")
    services.create_tag(actor, repository, repository.head[:8], "v2", "Second\n\nwith words")
    assert {(t.name, t.commit) for t in selectors.refs(repository).tags} == {
        ("v1", repository.head), ("v2", repository.head),
    }  # fmt: skip
    assert selectors.resolve(repository, "v2").commit == repository.head
    with pytest.raises(Conflict):
        services.create_tag(actor, repository, "main", "v1")
    with pytest.raises(InvalidInput):
        services.create_tag(actor, repository, "main", "inva lid")
    services.delete_tag(actor, repository, "v2")
    with pytest.raises(RevisionNotFound):
        services.delete_tag(actor, repository, "main")


def test_it_refuses_references_to_those_who_only_read(repository):
    with pytest.raises(PermissionRefused):
        services.create_branch(actor_for(make_user("bob")), repository, "x")
    repository.visibility = "private"
    with pytest.raises(RepositoryNotFound):
        services.create_tag(ANONYMOUS, repository, "main", "x")


# --- Protected branches ---------------------------------------------------------------------------


def test_it_protects_the_default_branch_from_the_start(repository):
    assert repository.protected_branches == ["main"]


def test_a_protected_branch_is_not_deleted(actor, alice, repository):
    services.create_branch(actor, repository, "release/1")
    services.update_settings(actor, repository, protected_branches=["main", "release/*", "release/*"])
    assert Repository.objects.get().protected_branches == ["main", "release/*"]
    with pytest.raises(PermissionRefused, match="refs/heads/release/1 is protected"):
        services.delete_branch(actor, repository, "release/1")
    services.update_settings(actor, repository, protected_branches=[])
    services.delete_branch(actor, repository, "release/1")
    with pytest.raises(InvalidInput, match="Cannot delete refs/heads/main"):
        services.delete_branch(actor, repository, "main")


@pytest.mark.parametrize("patterns", [["a b"], ["x" * 201], ["rel[0-9]"], [""], [f"b{n}" for n in range(51)]])
def test_it_refuses_patterns_that_name_no_branch(actor, repository, patterns):
    with pytest.raises(InvalidInput) as refusal:
        services.update_settings(actor, repository, protected_branches=patterns)
    assert refusal.value.fields["field"] == "protected_branches"
    assert Repository.objects.get().protected_branches == ["main"]
