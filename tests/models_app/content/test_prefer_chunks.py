"""From whole files to chunks, and what the sweep does meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_django import Settings

from models_app.content import selectors, services
from models_app.content.models import LfsObject
from models_app.content.sweeping import sweep
from models_app.storage.stores import open_store
from tests.factories.xet import FileOfTerms, Xorb, random_chunks, shard

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def file() -> FileOfTerms:
    """A file that came whole."""
    made = FileOfTerms([(Xorb(random_chunks(6, 3_000)), 0, 6)])
    services.receive_blob([made.content], made.real_sha256, len(made.content))
    return made


def send_as_chunks(file: FileOfTerms) -> None:
    xorb = file.terms[0][0]
    services.receive_xorb(xorb.hash, [xorb.body])
    services.register_shard([shard([file])])


def test_a_file_without_chunks_stays_whole(file: FileOfTerms) -> None:
    assert not services.prefer_chunks(file.real_sha256)
    assert not services.prefer_chunks("ab" * 32)
    assert LfsObject.objects.get().storage == "blob"


def test_the_whole_file_goes_with_the_next_sweep(file: FileOfTerms) -> None:
    send_as_chunks(file)
    assert services.prefer_chunks(file.real_sha256)
    store = open_store("lfs")
    path = store.local_path(file.real_sha256)
    assert path
    os.utime(path, (0, 0))
    sweep(set)
    assert store.size(file.real_sha256) is None
    row = LfsObject.objects.get()
    assert b"".join(selectors.read_range(row, 0, row.size)) == file.content


def test_a_file_that_comes_whole_again_is_served_from_its_chunks(file: FileOfTerms) -> None:
    send_as_chunks(file)
    services.prefer_chunks(file.real_sha256)
    services.receive_blob([file.content], file.real_sha256, len(file.content))
    row = LfsObject.objects.get()
    assert (row.storage, b"".join(selectors.read_range(row, 0, row.size))) == ("xet", file.content)
