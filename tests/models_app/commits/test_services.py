import pytest

from models_app.repositories import selectors
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


def test_it_reads_back_what_was_committed():
    alice = make_user("alice")
    repository = make_repository(alice, "m", files={"config.json": "{}", "a/b/c.txt": "hello"})
    revision = selectors.resolve(repository, "main")
    assert revision.commit == repository.head
    entry = selectors.find(repository, revision.commit, "a/b/c.txt")
    assert entry.size == 5
    assert b"".join(selectors.open_content(repository, entry).read(0, 5)) == b"hello"
    page = selectors.list_tree(repository, revision.commit, recursive=True)
    assert [e.path for e in page.entries] == [".gitattributes", "a", "a/b", "a/b/c.txt", "config.json"]
