from __future__ import annotations

import pytest

from hub.accounts.models import Role
from hub.activity.models import Event
from hub.core.errors import (
    BranchUpdated,
    Conflict,
    EntryNotFound,
    InvalidInput,
    PermissionRefused,
    RepositoryNotFound,
    RevisionNotFound,
)
from models_app.commits import selectors as commits
from models_app.commits.operations import AddFile, DeleteFile
from models_app.discussions import pull_requests, selectors, services
from models_app.discussions.models import Discussion, DiscussionStatus
from models_app.repositories import references
from models_app.repositories import selectors as repositories
from tests.factories.accounts import actor_for, make_organization, make_user
from tests.factories.repositories import commit_files, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return actor_for(make_user("alice"))


@pytest.fixture
def stranger():
    return actor_for(make_user("charlie"))


@pytest.fixture
def repository(owner):
    return make_repository(owner.user, "model", files={"a.txt": "1\n2\n3\n4\n5\n", "old.txt": "x"})


def propose(actor, repository, path="a.txt", content="1\n2\n3\n4\nfive\n", **options):
    operations = [AddFile(path, content.encode())]
    return pull_requests.propose(actor, repository, "main", operations, summary="Better", **options)


def content(repository, revision, path):
    return repositories.read_small(repository, repositories.resolve(repository, revision).commit, path)


def events(discussion):
    return [(event.kind, event.data) for event in selectors.events_of(discussion)]


def test_it_takes_a_proposal_from_anyone_signed_in(owner, stranger, repository) -> None:
    services.open(owner, repository, title="First", description="x")
    made = propose(stranger, repository, description="Because")
    pull = selectors.get(repository, 2)
    assert (pull.title, pull.status, pull.base, pull.author) == (
        "Better", "open", "refs/heads/main", stranger.user,
    )  # fmt: skip
    assert events(pull)[1:] == [("commit", {"subject": "Better", "oid": made.result.commit})]
    assert content(repository, "refs/pr/2", "a.txt").endswith(b"five\n")
    assert content(repository, "main", "a.txt").endswith(b"\n5\n")
    assert [ref.full_name for ref in repositories.refs(repository).pull_requests] == ["refs/pr/2"]
    assert Event.objects.filter(verb="pull-request.opened").count() == 1


def test_it_does_not_show_a_private_repository(stranger, owner) -> None:
    reader = make_user("bob")
    acme = make_organization("acme", admin=owner.user, members={reader: Role.READ})
    private = make_repository(acme, "secret", private=True)
    with pytest.raises(RepositoryNotFound):
        propose(stranger, private)
    with pytest.raises(PermissionRefused):
        propose(actor_for(reader), private)


@pytest.mark.parametrize(
    ("operation", "base", "parent", "error"),
    [
        (DeleteFile("none"), "main", None, EntryNotFound),
        (AddFile("README.md", b"---\nlicense: [1, {\n---\n"), "main", None, InvalidInput),
        (AddFile("a", b"b"), "none", None, RevisionNotFound),
        (AddFile("a", b"b"), "main", "0" * 40, BranchUpdated),
    ],
)
def test_it_leaves_nothing_of_a_proposal_that_failed(stranger, repository, operation, base, parent, error):
    with pytest.raises(error):
        pull_requests.propose(stranger, repository, base, [operation], summary="Better", parent_commit=parent)
    assert not Discussion.objects.exists()
    assert not repositories.refs(repository).pull_requests
    assert propose(stranger, repository).discussion.number == 1


def test_it_proposes_only_against_branches(stranger, repository) -> None:
    head = repository.head
    for base in (head, head[:8], "refs/pr/1"):
        with pytest.raises(RevisionNotFound):
            pull_requests.propose(stranger, repository, base, [AddFile("a", b"b")], summary="Better")


def test_it_starts_as_a_draft_that_its_author_fills_and_offers(owner, stranger, repository) -> None:
    pull = pull_requests.start(stranger, repository, title="Soon", description="?")
    assert (pull.status, repositories.resolve(repository, pull.ref).commit) == ("draft", repository.head)
    with pytest.raises(PermissionRefused):
        pull_requests.commit(actor_for(make_user("dora")), pull, [AddFile("b", b"b")], summary="Mine")
    pull_requests.commit(stranger, pull, [AddFile("b", b"b")], summary="One")
    pull_requests.commit(owner, pull, [AddFile("c", b"c")], summary="Two")
    with pytest.raises(Conflict, match="draft"):
        pull_requests.merge(owner, pull)
    services.set_status(stranger, pull, DiscussionStatus.OPEN)
    assert [kind for kind, _data in events(pull)] == ["comment", "commit", "commit", "status-change"]
    assert Event.objects.filter(verb="pull-request.published").exists()
    assert selectors.counts(repository) == selectors.DiscussionCounts(open=1, closed=0)


def test_it_merges_what_both_sides_changed_apart(owner, stranger, repository) -> None:
    made = propose(stranger, repository)
    commit_files(repository, owner.user, {"a.txt": "one\n2\n3\n4\n5\n", "new/b.txt": "b"})
    with pytest.raises(PermissionRefused):
        pull_requests.merge(stranger, made.discussion)
    result = pull_requests.merge(owner, made.discussion, text="Thanks")
    assert content(repository, "main", "a.txt") == b"one\n2\n3\n4\nfive\n"
    assert content(repository, "main", "new/b.txt") == b"b"
    repository.refresh_from_db()
    pull = selectors.get(repository, 1)
    assert (pull.status, pull.merge_commit, repository.head) == ("merged", result.commit, result.commit)
    info = commits.get_commit(repository, result.commit)
    assert (info.title, info.parents[1]) == ("Better (#1)", made.result.commit)
    assert events(pull)[-1] == ("status-change", {"status": "merged"})
    assert Event.objects.filter(verb="pull-request.merged").count() == 1


def test_it_refuses_to_merge_the_same_lines(owner, stranger, repository) -> None:
    pull = propose(stranger, repository).discussion
    commit_files(repository, owner.user, {"a.txt": "1\n2\n3\n4\n5!\n"})
    assert pull_requests.state(pull).conflicts == ["a.txt"]
    head = repositories.resolve(repository, "main").commit
    with pytest.raises(Conflict, match=r"a\.txt"):
        pull_requests.merge(owner, pull)
    assert repositories.resolve(repository, "main").commit == head
    assert selectors.get(repository, 1).status == "open"


@pytest.mark.parametrize(
    ("ours", "theirs", "conflicts"),
    [
        ([DeleteFile("old.txt")], [DeleteFile("old.txt")], []),
        ([DeleteFile("old.txt")], [AddFile("old.txt", b"y")], ["old.txt"]),
        ([AddFile("old.txt", b"y")], [DeleteFile("old.txt")], ["old.txt"]),
        ([AddFile("n", b"1")], [AddFile("n", b"1")], []),
        ([AddFile("n", b"1")], [AddFile("n", b"2")], ["n"]),
        ([AddFile("n", b"1")], [AddFile("n/m", b"2")], ["n/m"]),
        ([AddFile("n/m", b"1")], [AddFile("n", b"2")], ["n"]),
        ([AddFile("z", b"1")], [DeleteFile("old.txt"), AddFile("old.txt/x", b"2")], []),
    ],
)
def test_it_knows_what_can_be_merged(owner, repository, ours, theirs, conflicts) -> None:
    from models_app.commits import services as committing

    pull = pull_requests.propose(owner, repository, "main", theirs, summary="Theirs").discussion
    committing.commit(owner, repository, "main", ours, summary="Ours")
    assert pull_requests.state(pull).conflicts == conflicts
    if not conflicts:
        result = pull_requests.merge(owner, pull)
        assert repositories.resolve(repository, "main").commit == result.commit


def test_it_takes_no_commits_and_no_changes_of_state_once_merged(owner, stranger, repository) -> None:
    pull = propose(stranger, repository).discussion
    pull_requests.merge(owner, pull)
    for act in (
        lambda: pull_requests.merge(owner, pull),
        lambda: services.set_status(owner, pull, DiscussionStatus.OPEN),
        lambda: pull_requests.commit(stranger, pull, [AddFile("b", b"b")], summary="Late"),
    ):
        with pytest.raises(Conflict):
            act()
    assert selectors.counts(repository) == selectors.DiscussionCounts(open=0, closed=1)


def test_it_closes_and_reopens(stranger, owner, repository) -> None:
    pull = propose(stranger, repository).discussion
    services.set_status(owner, pull, DiscussionStatus.CLOSED)
    with pytest.raises(Conflict, match="closed"):
        pull_requests.merge(owner, pull)
    services.set_status(stranger, pull, DiscussionStatus.OPEN)
    assert pull_requests.merge(owner, pull).changed


def test_it_finishes_a_merge_that_was_cut_off_before_it_was_written_down(owner, stranger, repository):
    pull = propose(stranger, repository).discussion
    merged = pull_requests.merge(owner, pull)
    Discussion.objects.filter(pk=pull.pk).update(status="open", merge_commit="")
    again = pull_requests.merge(owner, selectors.get(repository, 1))
    assert again.commit == merged.commit


def test_it_shows_what_would_change_also_after_the_base_is_gone(owner, repository) -> None:
    references.create_branch(owner, repository, "dev")
    made = pull_requests.propose(owner, repository, "dev", [AddFile("n", b"1\n")], summary="Add n")
    diff = pull_requests.state(made.discussion).diff
    assert [file.path for file in diff.files] == ["n"]
    references.delete_branch(owner, repository, "dev")
    assert pull_requests.state(made.discussion).conflicts == []
    with pytest.raises(RevisionNotFound):
        pull_requests.merge(owner, made.discussion)
