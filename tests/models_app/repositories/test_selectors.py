import pytest

from hub.core.errors import EntryNotFound, RevisionNotFound
from models_app.repositories import selectors, services
from tests.factories.accounts import actor_for, make_user
from tests.factories.repositories import commit_files, make_repository

pytestmark = pytest.mark.django_db

FILES = {"a/b/c": "1", "a/b.txt": "2", "a-b": "3", "a.b": "4", "ab/x": "5", "z": "6"}
ORDER = [".gitattributes", "a-b", "a.b", "a", "a/b.txt", "a/b", "a/b/c", "ab", "ab/x", "z"]


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def repository(alice):
    return make_repository(alice, "m", files=FILES)


def test_it_resolves_branches_tags_and_ids(alice, repository):
    actor, head = actor_for(alice), repository.head
    services.create_tag(actor, repository, "main", "v1")
    asked = ["main", "HEAD", "v1", "refs/heads/main", "refs/tags/v1", head, head[:7], head[:4]]
    assert {selectors.resolve(repository, name).commit for name in asked} == {head}
    assert selectors.resolve(repository, "v1").ref == "refs/tags/v1"
    assert selectors.resolve(repository, head[:7]).ref is None
    for name in ("nope", "0" * 40, head[:3], "refs/heads/nope", "", "a..b", "main\n", head.upper() + "x"):
        with pytest.raises(RevisionNotFound):
            selectors.resolve(repository, name)


def test_it_prefers_branches_to_tags(alice, repository):
    actor, first = actor_for(alice), repository.head
    commit_files(repository, alice, {"z": "7"})
    services.create_branch(actor, repository, "x", first)
    services.create_tag(actor, repository, "main", "x")
    assert selectors.resolve(repository, "x").commit == first


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 100])
def test_it_pages_through_a_tree_without_gap_or_repeat(repository, limit):
    paths, after = [], ""
    while after is not None:
        page = selectors.list_tree(repository, "main", recursive=True, after=after, limit=limit)
        paths += [entry.path for entry in page.entries]
        after = page.next_after
    assert paths == ORDER


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_it_lists_one_folder(repository, limit):
    paths, after = [], ""
    while after is not None:
        page = selectors.list_tree(repository, "main", "a/", after=after, limit=limit)
        paths += [entry.path for entry in page.entries]
        after = page.next_after
    assert paths == ["a/b.txt", "a/b"]


def test_it_pages_below_a_folder(repository):
    page = selectors.list_tree(repository, "main", "a", recursive=True, limit=2)
    rest = selectors.list_tree(repository, "main", "a", recursive=True, after=page.next_after)
    assert [e.path for e in page.entries + rest.entries] == ["a/b.txt", "a/b", "a/b/c"]


def test_it_tells_folders_from_files(repository):
    folder, file = selectors.find_many(repository, "main", ["a", "nothing", "z", "a/b/c/d"])
    assert (folder.path, folder.is_directory, folder.size) == ("a", True, 0)
    assert (file.path, file.is_directory, file.size, file.name) == ("z", False, 1, "z")


@pytest.mark.parametrize("path", ["", "nothing", "z/below", "a//b.txt", "../z"])
def test_it_says_which_commit_lacks_a_path(repository, path):
    with pytest.raises(EntryNotFound) as error:
        selectors.find(repository, repository.head, path)
    assert error.value.commit == repository.head


def test_it_refuses_to_list_a_file(repository):
    with pytest.raises(EntryNotFound):
        selectors.list_tree(repository, repository.head, "z")


def test_it_reads_small_files_only(repository):
    assert selectors.read_small(repository, "main", "z") == b"6"
    assert selectors.read_small(repository, "main", "a") is None
    assert selectors.read_small(repository, "main", "nothing") is None
    assert selectors.read_small(repository, "main", "z", limit=0) is None


def test_it_lists_a_thousand_entries_with_one_query(alice, repository, django_assert_max_num_queries):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{:064x}\nsize 7\n"
    commit_files(repository, alice, {f"many/{n}": pointer.format(n) for n in range(400)})
    with django_assert_max_num_queries(1):
        page = selectors.list_tree(repository, repository.head, "many")
    assert len(page.entries) == 400
