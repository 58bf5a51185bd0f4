"""Shards: what they claim is checked before a file becomes usable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from hub.core.errors import InvalidInput
from models_app.content import selectors, services
from models_app.content.models import LfsObject, XetFile
from tests.factories.xet import FileOfTerms, Xorb, random_chunks, shard

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def stored_xorb(seed: int = 0, count: int = 40) -> Xorb:
    xorb = Xorb(random_chunks(count, 3_000, seed))
    services.receive_xorb(xorb.hash, [xorb.body])
    return xorb


def two_terms() -> FileOfTerms:
    return FileOfTerms([(stored_xorb(1), 3, 30), (stored_xorb(2), 0, 11)])


def test_it_makes_a_file_that_reads_back_in_any_range() -> None:
    file = two_terms()
    [row] = services.register_shard([shard([file], [file.terms[0][0]])])
    large = LfsObject.objects.get(sha256=file.real_sha256)
    assert (large.xet_file, large.size, row.sha256) == (row, len(file.content), file.real_sha256)
    for start, end in [(0, large.size), (1, 2), (4_000, 91_000), (large.size - 1, large.size), (7, 7)]:
        assert b"".join(selectors.read_range(large, start, end)) == file.content[start:end]


def test_it_takes_the_same_shard_again() -> None:
    file = two_terms()
    for _ in range(2):
        services.register_shard([shard([file])])
    assert XetFile.objects.count() == LfsObject.objects.count() == 1


def test_it_names_one_file_for_the_same_bytes_cut_differently() -> None:
    content = random_chunks(6, 2_000)
    whole, halves = Xorb([b"".join(content)]), Xorb(content)
    for xorb in (whole, halves):
        services.receive_xorb(xorb.hash, [xorb.body])
    first = services.register_shard([shard([FileOfTerms([(whole, 0, 1)])])])
    assert services.register_shard([shard([FileOfTerms([(halves, 0, 6)])])]) == first


def test_it_remembers_a_xet_file_beside_a_blob() -> None:
    file = two_terms()
    services.receive_blob([file.content], file.real_sha256, len(file.content))
    [row] = services.register_shard([shard([file])])
    large = LfsObject.objects.get()
    assert (large.storage, large.xet_file) == ("blob", row)


def unknown_xorb() -> bytes:
    return shard([FileOfTerms([(Xorb(random_chunks(seed=9)), 0, 2)])])


def other_terms(first: int, end: int) -> bytes:
    return shard([FileOfTerms([(stored_xorb(), first, end)])])


def other_chunks() -> bytes:
    file = two_terms()
    good = shard([file], [file.terms[0][0]])
    return good[:-96] + bytes([good[-96] ^ 1]) + good[-95:]


def without_verification() -> bytes:
    return shard([two_terms()]).replace((3 << 30).to_bytes(4, "little"), (1 << 30).to_bytes(4, "little"), 1)


def lying(**fields: Any) -> bytes:
    return shard([replace(two_terms(), **fields)])


BROKEN: dict[str, Callable[[], bytes]] = {
    "unknown xorb": unknown_xorb,
    "wrong verification": lambda: lying(proofs=[bytes(32), bytes(32)]),
    "wrong sha256": lambda: lying(sha256="ab" * 32),
    "wrong file hash": lambda: lying(file_id=bytes(31) + b"x"),
    "wrong length": lambda: lying(lengths=[5, 5]),
    "past the end": lambda: other_terms(3, 41),
    "empty term": lambda: other_terms(3, 3),
    "other chunks": other_chunks,
    "cut": lambda: shard([two_terms()])[:-60],
    "no verification": without_verification,
    "not a shard": lambda: b"hello" * 40,
}


@pytest.mark.parametrize("kind", BROKEN)
def test_it_refuses_a_broken_shard_and_records_nothing(kind: str) -> None:
    with pytest.raises(InvalidInput):
        services.register_shard([BROKEN[kind]()])
    assert not XetFile.objects.exists()
    assert not LfsObject.objects.exists()


def test_it_refuses_another_sha256_for_a_known_file() -> None:
    file = two_terms()
    services.register_shard([shard([file])])
    file.sha256 = "cd" * 32
    with pytest.raises(InvalidInput, match="sha256"):
        services.register_shard([shard([file])])


def test_it_refuses_all_files_of_a_shard_for_one_bad() -> None:
    good, bad = two_terms(), two_terms()
    bad.terms = bad.terms[:1]
    bad.sha256 = "ef" * 32
    with pytest.raises(InvalidInput):
        services.register_shard([shard([good, bad])])
    assert not LfsObject.objects.exists()


def test_it_refuses_a_count_larger_than_any_shard() -> None:
    head = shard([])[:48]
    with pytest.raises(InvalidInput, match="more records"):
        services.register_shard([head + bytes(32) + b"\x00\x00\x00\xc0" + b"\xff" * 4 + bytes(8)])
