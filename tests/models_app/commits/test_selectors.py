import pytest

from hub.core.errors import RevisionNotFound
from models_app.commits import selectors, services
from models_app.commits.models import PathChange
from models_app.commits.operations import AddFile, AddLargeFile, CopyFile, DeleteFile
from models_app.repositories import selectors as repositories
from models_app.repositories.services import create_branch
from tests.factories.repositories import actor_of, commit_files

pytestmark = pytest.mark.django_db


def commit(repository, owner, *operations, summary="Change", **options):
    return services.commit(actor_of(owner), repository, "main", operations, summary=summary, **options).commit


@pytest.fixture
def history(alice, repository):
    """Five commits on top of the initial one; returns their ids by title."""
    steps = {
        "one": [AddFile("a/x", b"1\n2\n3\n"), AddFile("b", b"b")],
        "two": [AddFile("a/y", b"y")],
        "three": [AddFile("a/x", b"1\n2\nthree\n")],
        "four": [DeleteFile("b"), CopyFile("c", "b")],
        "five": [AddFile("picture.raw", b"\x00\x01" * 50)],
    }
    return {title: commit(repository, alice, *ops, summary=title) for title, ops in steps.items()}


def titles(page):
    return [c.title for c in page.commits]


def test_it_tells_the_history_in_pages(repository, history):
    seen, after = [], ""
    while after is not None:
        page = selectors.history(repository, "main", after=after, limit=4)
        seen += titles(page)
        after = page.next_after
    assert seen == ["five", "four", "three", "two", "one", "initial commit"]
    assert selectors.count(repository, repository.head) == 6
    assert selectors.count(repository, history["two"]) == 3


def test_it_tells_the_history_of_a_path(repository, history):
    assert titles(selectors.history(repository, "main", path="a/x")) == ["three", "one"]
    assert titles(selectors.history(repository, "main", path="a")) == ["three", "two", "one"]
    assert titles(selectors.history(repository, "main", path="b")) == ["four", "one"]


def test_it_describes_a_commit(alice, repository):
    made = commit(repository, alice, AddFile("a", b""), summary="Title\n", description="Body\n\nMore")
    info = selectors.get_commit(repository, made[:8])
    assert (info.title, info.message, info.author_name) == ("Title", "Body\n\nMore", "alice")
    assert len(info.parents) == 1
    for unknown in ("0" * 40, "nothing"):
        with pytest.raises(RevisionNotFound):
            selectors.get_commit(repository, unknown)


def test_it_knows_the_last_commit_of_each_name_with_one_query(repository, history, django_assert_num_queries):
    with django_assert_num_queries(1):
        root = selectors.last_commits(
            repository, repository.head, "", ["a", "c", ".gitattributes", "picture.raw"]
        )
    assert {name: last.title for name, last in root.items()} == {
        "a": "three", "c": "four", ".gitattributes": "initial commit", "picture.raw": "five",
    }  # fmt: skip
    folder = selectors.last_commits(repository, repository.head, "a", ["x", "y"])
    assert {name: last.title for name, last in folder.items()} == {"x": "three", "y": "two"}


def test_it_knows_the_same_without_its_table(repository, history):
    indexed = selectors.last_commits(repository, repository.head, "", ["a", "c", ".gitattributes"])
    PathChange.objects.all().delete()
    assert selectors.last_commits(repository, repository.head, "", ["a", "c", ".gitattributes"]) == indexed


def test_it_knows_last_commits_of_other_revisions(alice, repository, history):
    revision = repositories.resolve(repository, history["two"])
    found = selectors.last_commits(repository, revision, "a", ["x", "y", "nothing"])
    assert {name: last.title for name, last in found.items()} == {"x": "one", "y": "two"}
    create_branch(actor_of(alice), repository, "dev")
    commit_files(repository, alice, {"a/x": "dev"}, branch="dev", summary="On dev")
    dev = repositories.resolve(repository, "dev")
    assert selectors.last_commits(repository, dev, "a", ["x"])["x"].title == "On dev"
    assert selectors.last_commits(repository, repository.head, "a", ["x"])["x"].title == "three"


def test_it_shows_what_a_commit_changed(repository, history):
    (change,) = selectors.diff(repository, history["three"]).files
    assert (change.path, change.status, change.additions, change.deletions) == ("a/x", "modified", 1, 1)
    assert "-3\n+three" in change.patch
    (renamed,) = selectors.diff(repository, history["four"]).files
    assert (renamed.status, renamed.old_path, renamed.path) == ("renamed", "b", "c")
    (binary,) = selectors.diff(repository, history["five"]).files
    assert binary.is_binary
    assert binary.patch == ""
    root = selectors.history(repository, "main").commits[-1]
    (first,) = selectors.diff(repository, root.id).files
    assert (first.status, first.path) == ("added", ".gitattributes")


def test_it_tells_large_files_from_their_pointers_in_a_diff(alice, repository, upload):
    old, new = upload(repository, b"o" * 300), upload(repository, b"n" * 500)
    commit(repository, alice, AddLargeFile("w.bin", old.sha256))
    made = commit(repository, alice, AddLargeFile("w.bin", new.sha256))
    (change,) = selectors.diff(repository, made).files
    assert (change.lfs.old.size, change.lfs.new.size, change.patch) == (300, 500, "")


def test_it_cuts_diffs_that_nobody_could_read(alice, repository, monkeypatch):
    made = commit(repository, alice, *[AddFile(f"{n}.txt", b"line\n" * 100) for n in range(20)])
    monkeypatch.setattr(selectors, "MAX_DIFF_CHARACTERS", 2000)
    monkeypatch.setattr(selectors, "MAX_DIFF_FILES", 10)
    diff = selectors.diff(repository, made)
    assert diff.is_cut
    assert (len(diff.files), diff.file_count) == (10, 20)
    assert sum(len(f.patch) for f in diff.files) <= 2000
    huge = commit(repository, alice, AddFile("huge.txt", b"x\n" * 400_000))
    assert selectors.diff(repository, huge).files[0].patch == ""
