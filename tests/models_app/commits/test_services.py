import pytest

from hub.accounts.actors import ANONYMOUS
from hub.activity.models import Event
from hub.core.errors import (
    BranchUpdated,
    EntryNotFound,
    InvalidInput,
    PermissionRefused,
    RevisionNotFound,
    TooLarge,
    Unprocessable,
)
from models_app.commits import services
from models_app.commits.models import PathChange
from models_app.commits.operations import AddFile, AddLargeFile, CopyFile, DeleteFile, DeleteFolder
from models_app.repositories import selectors
from models_app.repositories.models import Repository, RepositoryLfsObject
from models_app.storage.git_store import store
from tests.factories.accounts import make_user
from tests.factories.repositories import actor_of, commit_files, make_repository

pytestmark = pytest.mark.django_db


def commit(repository, owner, *operations, **options):
    options.setdefault("summary", "Change")
    branch = options.pop("branch", "main")
    return services.commit(actor_of(owner), repository, branch, operations, **options)


def paths(repository, commit_id=None):
    page = selectors.list_tree(repository, commit_id or repository.head, recursive=True)
    return [entry.path for entry in page.entries if not entry.is_directory and entry.path != ".gitattributes"]


def content(repository, path):
    return selectors.read_small(repository, repository.head, path)


def test_it_reads_back_what_was_committed(alice, repository):
    commit_files(repository, alice, {"config.json": "{}", "a/b/c.txt": "hello"})
    entry = selectors.find(repository, repository.head, "a/b/c.txt")
    assert entry.size == 5
    assert b"".join(selectors.open_content(repository, entry).read(1, 4)) == b"ell"
    page = selectors.list_tree(repository, repository.head, recursive=True)
    assert [e.path for e in page.entries] == [".gitattributes", "a", "a/b", "a/b/c.txt", "config.json"]


def test_it_lets_the_last_operation_on_a_path_win(alice, repository):
    commit(repository, alice, AddFile("a", b"1"), AddFile("a", b"2"), AddFile("b", b""), DeleteFile("b"))
    assert paths(repository) == ["a"]
    assert content(repository, "a") == b"2"


def test_it_deletes_files_and_folders(alice, repository):
    commit_files(repository, alice, {"a/x": "1", "a/y": "2", "b/z": "3", "c": "4"})
    commit(repository, alice, DeleteFile("a"), DeleteFolder("b/"), DeleteFile("c"), AddFile("a/new", b"5"))
    assert paths(repository) == ["a/new"]


@pytest.mark.parametrize("path", ["nothing", "a/nothing", "a/x/deeper"])
def test_it_refuses_to_delete_what_is_not_there(alice, repository, path):
    commit_files(repository, alice, {"a/x": "1"})
    before = repository.head
    with pytest.raises(EntryNotFound, match="A file with this name doesn't exist"):
        commit(repository, alice, AddFile("b", b""), DeleteFile(path))
    assert selectors.resolve(repository, "main").commit == before


def test_it_puts_a_file_where_it_deleted_a_folder(alice, repository):
    commit_files(repository, alice, {"a/x": "1"})
    with pytest.raises(Unprocessable):
        commit(repository, alice, AddFile("a", b"file"))
    commit(repository, alice, DeleteFolder("a"), AddFile("a", b"file"))
    assert paths(repository) == ["a"]
    with pytest.raises(Unprocessable):
        commit(repository, alice, AddFile("a/x", b"below a file"))


def test_it_copies_files_and_folders_of_any_revision(alice, repository):
    commit_files(repository, alice, {"a/x": "old"})
    first = repository.head
    commit_files(repository, alice, {"a/x": "new"})
    commit(repository, alice, CopyFile("b", "a"), CopyFile("old.txt", "a/x", first))
    assert content(repository, "b/x") == b"new"
    assert content(repository, "old.txt") == b"old"
    with pytest.raises(EntryNotFound):
        commit(repository, alice, CopyFile("c", "missing"))


@pytest.mark.parametrize(
    "path",
    [
        "../x", "a/../b", "a//b", "/a", "a/", ".git/config", "a/.GIT/x", "a\nb", "", ".", "x" * 256,
        r"..\x", r"a/..\..\b", r"a\..\b", r"\x", r"\\host\x", r"C:\x", "a/C:x", r"a\.git\x",
        "a/" * 600 + "b",
    ],
)  # fmt: skip
def test_it_refuses_paths_that_may_not_exist(alice, repository, path):
    with pytest.raises(Unprocessable):
        commit(repository, alice, AddFile(path, b""))


def test_it_keeps_names_with_backslashes(alice, repository):
    commit(repository, alice, AddFile(r"data\train.csv", b"a,b"), AddFile("a/part:c", b"x"))
    assert content(repository, r"data\train.csv") == b"a,b"


def test_it_names_large_files_and_covers_them_with_a_pattern(alice, repository, upload):
    large = upload(repository, b"w" * 5000)
    commit(
        repository,
        alice,
        AddLargeFile("weights.xyz", large.sha256, 5000),
        AddLargeFile("w.bin", large.sha256),
    )
    entry = selectors.find(repository, repository.head, "weights.xyz")
    assert (entry.size, entry.lfs.sha256) == (5000, large.sha256)
    assert b"".join(selectors.open_content(repository, entry).read(0, 5000)) == b"w" * 5000
    attributes = content(repository, ".gitattributes").decode()
    assert "weights.xyz filter=lfs" in attributes
    assert "\nw.bin " not in attributes
    assert RepositoryLfsObject.objects.get(repository=repository).committed_at
    assert repository.used_bytes > 5000


def test_it_refuses_large_files_that_were_not_uploaded_here(alice, repository, upload):
    elsewhere = upload(make_repository(alice, "other"), b"secret" * 100)
    with pytest.raises(InvalidInput, match="not uploaded"):
        commit(repository, alice, AddLargeFile("w.bin", elsewhere.sha256))
    mine = upload(repository, b"x" * 200)
    with pytest.raises(InvalidInput, match="has 200"):
        commit(repository, alice, AddLargeFile("w.bin", mine.sha256, 201))


def test_it_does_not_open_a_foreign_file_through_pointer_text(alice, repository, upload):
    secret = upload(make_repository(alice, "other"), b"secret" * 100)
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{secret.sha256}\nsize 600\n"
    commit_files(repository, alice, {"w.bin": text})
    entry = selectors.find(repository, repository.head, "w.bin")
    assert entry.lfs is None
    assert content(repository, "w.bin") == text.encode()


def test_it_refuses_a_parent_that_is_not_the_tip(alice, repository):
    first = repository.head
    commit_files(repository, alice, {"a": "1"})
    with pytest.raises(BranchUpdated, match="updated since you opened this page"):
        commit(repository, alice, AddFile("a", b"2"), parent_commit=first)
    assert commit(repository, alice, AddFile("a", b"2"), parent_commit=repository.head).changed


def test_it_refuses_branches_that_do_not_exist(alice, repository):
    with pytest.raises(RevisionNotFound, match="Invalid rev id: dev"):
        commit(repository, alice, AddFile("a", b""), branch="dev")


def test_it_refuses_people_who_may_not_write(repository):
    with pytest.raises(PermissionRefused):
        services.commit(actor_of(make_user("bob")), repository, "main", [AddFile("a", b"")], summary="x")
    with pytest.raises(PermissionRefused):
        services.commit(ANONYMOUS, repository, "main", [AddFile("a", b"")], summary="x")


def test_it_refuses_too_much(alice, repository, settings):
    settings.MAX_REGULAR_FILE_BYTES, settings.MAX_COMMIT_BYTES, settings.MAX_COMMIT_OPERATIONS = 10, 15, 3
    for operations in (
        [AddFile("a", b"x" * 11)],
        [AddFile(n, b"x" * 8) for n in "ab"],
        [AddFile(n, b"") for n in "abcd"],
    ):
        with pytest.raises(TooLarge):
            commit(repository, alice, *operations)
    assert not list((store().path(repository.storage_id) / "objects" / "pack").glob("tmp_*"))


@pytest.mark.parametrize("operations", [[], [AddFile("a", b"1")]])
def test_it_makes_a_commit_without_change(alice, repository, operations):
    commit_files(repository, alice, {"a": "1"})
    result = commit(repository, alice, *operations)
    assert not result.changed
    assert selectors.resolve(repository, "main").commit == result.commit


def test_it_refuses_a_broken_card(alice, repository):
    with pytest.raises(InvalidInput, match=r"Invalid metadata in README\.md"):
        commit_files(repository, alice, {"README.md": "---\nlicense: [\n---\n"})


def test_it_keeps_the_columns_and_tells_what_happened(alice, repository):
    commit_files(repository, alice, {"README.md": "---\nlicense: mit\nlanguage: fr\n---\n# Bonjour\n"})
    row = Repository.objects.get(pk=repository.pk)
    assert (row.licence, row.title, row.commit_count, row.head) == ("mit", "Bonjour", 2, repository.head)
    assert {"language:fr", "license:mit"} <= set(row.tag_rows.values_list("tag", flat=True))
    event = Event.objects.filter(verb="commit").get()
    assert event.data["commit"] == row.head
    assert event.is_public


def test_it_leaves_the_columns_alone_on_other_branches(alice, repository):
    from models_app.repositories.services import create_branch

    before = repository.head
    create_branch(actor_of(alice), repository, "dev")
    result = commit_files(repository, alice, {"a": "1"}, branch="dev")
    assert Repository.objects.get(pk=repository.pk).head == before
    assert selectors.resolve(repository, "dev").commit == result.commit


def test_it_heals_an_index_that_lags_behind_git(alice, repository):
    commit_files(repository, alice, {"a": "1", "b/c": "2"})
    stale = repository.head
    commit_files(repository, alice, {"b/c": "3"})
    tip = repository.head
    Repository.objects.filter(pk=repository.pk).update(head=stale, commit_count=2)
    again = Repository.objects.get(pk=repository.pk)
    assert services.heal(again)
    assert (again.head, again.commit_count) == (tip, 3)
    assert not services.heal(again)


def test_it_rebuilds_the_same_index_from_git_alone(alice, repository):
    commit_files(repository, alice, {"a": "1", "b/c": "2", "b/d": "4"})
    commit(repository, alice, AddFile("b/c", b"3"), DeleteFile("b/d"))
    rows = set(PathChange.objects.values_list("parent", "name", "commit"))
    columns = Repository.objects.filter(pk=repository.pk).values("head", "commit_count").get()
    PathChange.objects.all().delete()
    services.reindex(repository)
    assert set(PathChange.objects.values_list("parent", "name", "commit")) == rows
    assert Repository.objects.filter(pk=repository.pk).values("head", "commit_count").get() == columns
    assert {(parent, name) for parent, name, _ in rows} == {
        ("", ".gitattributes"), ("", "a"), ("", "b"), ("b", "c"),
    }  # fmt: skip


def test_it_commits_with_few_queries(alice, repository, django_assert_max_num_queries):
    commit_files(repository, alice, {"a": "1"})
    actor = actor_of(alice)
    operations = [AddFile(f"d/{n}.txt", b"x") for n in range(300)]
    with django_assert_max_num_queries(16):
        services.commit(actor, repository, "main", operations, summary="Many")


def test_it_passes_gits_own_check(alice, repository, upload):
    import subprocess

    commit_files(repository, alice, {"a": "1", "a.b": "2", "a-b/c": "3", "ab/ü": "4"})
    commit(repository, alice, AddFile("a.c/x", b""), DeleteFile("a"), AddFile("a/b", b"x" * 2_000_000))
    path = store().path(repository.storage_id)
    done = subprocess.run(["git", "-C", path, "fsck", "--full", "--strict"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "dangling" not in done.stdout
