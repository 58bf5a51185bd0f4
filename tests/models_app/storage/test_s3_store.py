"""Objects in S3, spoken to over the wire: a server on loopback stands for it."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest
from pytest_django import Settings

from models_app.storage.s3_store import S3Store
from models_app.storage.stores import open_store
from tests.s3 import use_s3

KEY = "ab" * 32


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> S3Store:
    settings.DATA_DIR = tmp_path
    use_s3(settings, prefix="some/prefix")
    store = open_store("lfs")
    assert isinstance(store, S3Store)
    return store


def stored(store: S3Store, data: bytes, key: str = KEY) -> None:
    with store.new_draft() as draft:
        draft.write(data)
        store.adopt(draft, key)


def test_it_stores_reads_and_lists(store: S3Store) -> None:
    data = bytes(range(256)) * 40_000
    stored(store, data)
    assert store.name(KEY) == f"some/prefix/lfs/ab/ab/{KEY}"
    assert store.size(KEY) == len(data)
    assert b"".join(store.read(KEY, 0, len(data))) == data
    assert b"".join(store.read(KEY, 255, 258)) == data[255:258]
    assert list(store.read(KEY, 4, 4)) == []
    assert (KEY, len(data)) in {(item.key, item.size) for item in store.objects()}


def test_it_says_when_there_is_nothing(store: S3Store) -> None:
    assert store.size("cd" * 32) is None
    store.delete("cd" * 32)
    with pytest.raises(FileNotFoundError):
        list(store.read("cd" * 32, 0, 1))


def test_it_deletes(store: S3Store) -> None:
    stored(store, b"x", "ef" * 32)
    store.delete("ef" * 32)
    assert store.size("ef" * 32) is None


def test_it_hands_out_an_address_that_downloads_under_the_files_name(store: S3Store) -> None:
    stored(store, b"weights")
    url = store.redirect_url(KEY, "modèle.bin")
    assert url is not None
    request = urllib.request.Request(url, headers={"Range": "bytes=1-3"})
    with urllib.request.urlopen(request) as answer:
        assert answer.read() == b"eig"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''mod%C3%A8le.bin"
