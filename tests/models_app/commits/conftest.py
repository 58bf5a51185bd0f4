import hashlib

import pytest

from models_app.content import services as content
from models_app.content.models import LfsObject
from models_app.repositories.models import Repository, RepositoryLfsObject
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def repository(alice) -> Repository:
    return make_repository(alice, "m")


@pytest.fixture
def upload():
    """Puts a large file where commits of a repository may name it."""

    def upload(repository: Repository, data: bytes) -> LfsObject:
        large = content.receive_blob([data], hashlib.sha256(data).hexdigest(), len(data))
        RepositoryLfsObject.objects.get_or_create(repository=repository, lfs_object=large)
        return large

    return upload
