"""Stored bytes that have changed are found by reading them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from models_app.content.models import LfsObject, XetXorb
from models_app.content.verification import verify_contents
from models_app.storage.stores import Kind, open_store
from tests.factories.accounts import make_user
from tests.factories.large_files import upload, upload_by_xet
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def content(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    repository = make_repository(make_user("alice"), "thing")
    upload(repository, b"weights" * 100_000)
    upload_by_xet(repository)


def flip_a_bit(kind: Kind, key: str) -> None:
    path = open_store(kind).local_path(key)
    assert path is not None
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_good_content_passes() -> None:
    assert list(verify_contents()) == []


def test_a_flipped_bit_is_found() -> None:
    flip_a_bit("lfs", LfsObject.objects.get(storage="blob").sha256)
    flip_a_bit("xorbs", XetXorb.objects.get().hash)
    assert [found.kind for found in verify_contents()] == ["blob", "xorb"]


def test_a_shortened_file_is_found() -> None:
    path = open_store("lfs").local_path(LfsObject.objects.get(storage="blob").sha256)
    assert path is not None
    path.write_bytes(path.read_bytes()[:-1])
    assert [found.kind for found in verify_contents()] == ["blob"]
