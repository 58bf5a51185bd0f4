import tracemalloc

import pytest

from models_app.commits import services
from models_app.commits.operations import AddFile
from tests.factories.repositories import actor_of

pytestmark = pytest.mark.django_db


def test_it_holds_one_content_at_a_time(alice, repository):
    def operations():
        for n in range(40):
            yield AddFile(f"{n}.bin", n.to_bytes(1, "big") * 2_000_000)

    actor = actor_of(alice)
    tracemalloc.start()
    services.commit(actor, repository, "main", operations(), summary="80 MB")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_it_leaves_nothing_when_the_stream_breaks(alice, repository):
    def operations():
        yield AddFile("a", b"x" * 2_000_000)
        raise ConnectionError

    head = repository.head
    with pytest.raises(ConnectionError):
        services.commit(actor_of(alice), repository, "main", operations(), summary="Broken")
    from models_app.repositories.selectors import resolve
    from models_app.storage.git_store import store

    assert resolve(repository, "main").commit == head
    assert not list(store().path(repository.storage_id).rglob("tmp_*"))
