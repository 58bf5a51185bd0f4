from __future__ import annotations

import pytest

from hub.accounts.models import Role, User
from hub.core.errors import EntryNotFound, NotFound, PermissionRefused, RevisionNotFound
from models_app.commits import rewriting, selectors
from models_app.commits.models import PathChange
from models_app.repositories import references, services
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository, RepositoryLfsObject
from models_app.storage import git_processes
from models_app.storage.git_store import store
from tests.factories.accounts import actor_for, make_organization, make_user
from tests.factories.large_files import commit_large_file, upload
from tests.factories.repositories import commit_files, make_repository


@pytest.fixture
def owner(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def repository(owner: User) -> Repository:
    return make_repository(
        owner, files={"a.txt": "1", "sub/b.txt": "2", "README.md": "---\nlicense: mit\n---\n"}
    )


def tip(repository: Repository, revision: str = "main") -> str:
    return repositories.resolve(repository, revision).commit


def titles(repository: Repository, revision: str) -> list[str]:
    return [commit.title for commit in selectors.history(repository, tip(repository, revision)).commits]


def paths(repository: Repository, revision: str = "main") -> set[str]:
    page = repositories.list_tree(repository, tip(repository, revision), recursive=True)
    return {entry.path for entry in page.entries if not entry.is_directory}


def is_sound(repository: Repository) -> bool:
    git_processes.run(store().path(repository.storage_id), "fsck", "--strict", "--no-dangling")
    return True


def test_a_squashed_branch_is_one_commit_with_the_same_files(repository: Repository, owner: User) -> None:
    references.create_branch(actor_for(owner), repository, "old")
    before, files = titles(repository, "main"), paths(repository)
    result = rewriting.squash(actor_for(owner), repository, "main", message="All in one")
    assert titles(repository, "main") == ["All in one"]
    assert titles(repository, "old") == before
    assert paths(repository) == files
    repository.refresh_from_db()
    assert (repository.head, repository.commit_count, repository.licence) == (result.commit, 1, "mit")
    assert set(PathChange.objects.filter(repository=repository).values_list("commit", flat=True)) == {
        result.commit
    }
    assert is_sound(repository)


def test_commits_go_on_after_a_squash(repository: Repository, owner: User) -> None:
    rewriting.squash(actor_for(owner), repository, "main", message="All in one")
    commit_files(repository, owner, {"c.txt": "3"}, summary="Next")
    assert titles(repository, "main") == ["Next", "All in one"]


def test_it_squashes_no_missing_branch_and_for_no_reader(repository: Repository, owner: User) -> None:
    with pytest.raises(RevisionNotFound):
        rewriting.squash(actor_for(owner), repository, "none", message="m")
    with pytest.raises(PermissionRefused):
        rewriting.squash(actor_for(make_user("bob")), repository, "main", message="m")


@pytest.fixture
def large(repository: Repository, owner: User) -> dict[str, str]:
    """Two large files on `main` and one on `side` only."""
    names = {name: upload(repository, name.encode() * 50) for name in ("one.bin", "dir/two.bin")}
    for name, sha256 in names.items():
        commit_large_file(repository, owner, name, sha256)
    references.create_tag(actor_for(owner), repository, "main", "v1", "a note")
    references.create_branch(actor_for(owner), repository, "side")
    names["side.bin"] = upload(repository, b"side" * 50)
    from models_app.commits import services as commits
    from models_app.commits.operations import AddLargeFile

    commits.commit(
        actor_for(owner), repository, "side", [AddLargeFile("side.bin", names["side.bin"])], summary="Side"
    )
    return names


def test_large_files_are_listed_with_their_place(repository: Repository, owner: User, large) -> None:
    files, following = rewriting.list_large_files(actor_for(owner), repository)
    assert [(file.path, file.ref) for file in files] == [
        ("one.bin", "main"),
        ("dir/two.bin", "main"),
        ("side.bin", "side"),
    ]
    assert following is None
    _first, following = rewriting.list_large_files(actor_for(owner), repository, limit=1)
    rest, _end = rewriting.list_large_files(actor_for(owner), repository, after=following or 0)
    assert len(rest) == 2


def test_deleted_large_files_leave_every_history(repository: Repository, owner: User, large) -> None:
    gone = [large["one.bin"], large["dir/two.bin"]]
    rewriting.delete_large_files(actor_for(owner), repository, gone)
    assert paths(repository) == {".gitattributes", "README.md", "a.txt", "sub/b.txt"}
    assert paths(repository, "v1") == paths(repository)
    assert paths(repository, "side") == paths(repository) | {"side.bin"}
    assert "Add one.bin" in titles(repository, "main")
    links = RepositoryLfsObject.objects.filter(repository=repository)
    assert list(links.values_list("lfs_object_id", flat=True)) == [large["side.bin"]]
    repository.refresh_from_db()
    assert repository.head == tip(repository)
    with pytest.raises(EntryNotFound):
        repositories.find(repository, tip(repository), "one.bin")
    assert is_sound(repository)


def test_history_may_stay_as_it_was(repository: Repository, owner: User, large) -> None:
    before = tip(repository)
    rewriting.delete_large_files(actor_for(owner), repository, [large["one.bin"]], rewrite_history=False)
    assert tip(repository) == before
    assert repositories.find(repository, before, "one.bin").lfs is None


def test_only_administrators_delete_what_is_here(owner: User, repository: Repository, large) -> None:
    with pytest.raises(NotFound):
        rewriting.delete_large_files(actor_for(owner), repository, ["0" * 64])
    writer = make_user("wendy")
    acme = make_organization("acme", admin=owner, members={writer: Role.WRITE})
    theirs = services.create(actor_for(owner), "model", f"{acme.name}/m")
    with pytest.raises(PermissionRefused):
        rewriting.delete_large_files(actor_for(writer), theirs, [large["one.bin"]])
