"""Uploads to a full disk end with a sentence and leave nothing behind."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from unittest import mock

import pytest
from django.test import Client
from pytest_django import Settings

from hub.accounts.models import User
from models_app.content.models import LfsObject, XetXorb
from models_app.repositories import large_files
from models_app.repositories.models import Repository
from models_app.storage.blob_store import Draft
from tests.factories.accounts import make_token, make_user
from tests.factories.repositories import make_repository
from tests.factories.xet import Xorb, random_chunks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def repository(alice: User) -> Repository:
    return make_repository(alice, "thing")


def nothing_lies_in(folder: Path) -> bool:
    return not [path for path in folder.rglob("*") if path.is_file()]


def test_large_files_are_refused_whole(
    client: Client, alice: User, repository: Repository, tmp_path: Path
) -> None:
    data = b"weights" * 1000
    sha256 = hashlib.sha256(data).hexdigest()
    upload = f"/lfs/upload/{large_files.sign_transfer('upload', repository, sha256, len(data))}"
    token = client.get(
        "/api/models/alice/thing/xet-write-token/main",
        headers={"Authorization": f"Bearer {make_token(alice)}"},
    ).json()["accessToken"]
    access = {"Authorization": f"Bearer {token}"}
    xorb = Xorb(random_chunks())
    with mock.patch.object(Draft, "write", side_effect=OSError(errno.ENOSPC, "No space left on device")):
        whole = client.put(upload, data, content_type="x/y")
        chunks = client.post(
            f"/cas/g1/v1/xorbs/default/{xorb.hash}", xorb.body, content_type="x/y", headers=access
        )
    for refused in (whole, chunks):
        assert (refused.status_code, refused["X-Error-Code"]) == (507, "StorageFull")
        assert "full" in refused.json()["error"]
    assert nothing_lies_in(tmp_path / "lfs")
    assert nothing_lies_in(tmp_path / "xorbs")
    assert not LfsObject.objects.exists()
    assert not XetXorb.objects.exists()
    assert client.put(upload, data, content_type="x/y").status_code == 200
