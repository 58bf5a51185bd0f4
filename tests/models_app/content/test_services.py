"""Receiving blobs and xorbs."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from pytest_django import Settings

from hub.core.errors import InvalidInput, TooLarge
from models_app.content import selectors, services
from models_app.content.models import LfsObject, LfsStorage, XetXorb
from models_app.storage.stores import open_store
from tests.factories.xet import Xorb, pack_chunk, random_chunks

pytestmark = pytest.mark.django_db

DATA = random.Random(1).randbytes(3_000_000)
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def blocks(data: bytes, size: int = 100_000) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def leftovers(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_it_stores_a_verified_blob_under_its_sha256(own_data: Path) -> None:
    row = services.receive_blob(blocks(DATA), SHA, len(DATA))
    assert (row.size, row.storage) == (len(DATA), LfsStorage.BLOB)
    assert (own_data / "lfs" / SHA[:2] / SHA[2:4] / SHA).read_bytes() == DATA
    assert b"".join(selectors.read_range(row, 10, 2_500_000)) == DATA[10:2_500_000]


@pytest.mark.parametrize(
    ("data", "sha256", "size", "words"),
    [
        (DATA[:-1] + b"?", SHA, len(DATA), "sha256"),
        (DATA[:-1], SHA, len(DATA), "2999999 bytes"),
        (DATA + b"!", SHA, len(DATA), "longer"),
        (DATA, "x" * 64, len(DATA), "hexadecimal"),
    ],
)
def test_it_refuses_wrong_content_and_keeps_nothing(
    own_data: Path, data: bytes, sha256: str, size: int, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        services.receive_blob(blocks(data), sha256, size)
    assert not LfsObject.objects.exists()
    assert leftovers(own_data) == []


def test_it_refuses_files_over_the_limit(settings: Settings) -> None:
    settings.MAX_LFS_FILE_BYTES = 1000
    with pytest.raises(TooLarge):
        services.receive_blob([b""], SHA, 1001)


def test_it_still_asks_for_the_bytes_of_a_known_blob() -> None:
    services.receive_blob(blocks(DATA), SHA, len(DATA))
    with pytest.raises(InvalidInput):
        services.receive_blob([b"x" * len(DATA)], SHA, len(DATA))
    assert services.receive_blob(blocks(DATA), SHA, len(DATA)).sha256 == SHA


def test_it_heals_a_row_whose_bytes_were_lost() -> None:
    services.receive_blob(blocks(DATA), SHA, len(DATA))
    open_store("lfs").delete(SHA)
    assert [(d.kind, d.key, d.is_error) for d in selectors.verify_rows()] == [("blob", SHA, True)]
    services.receive_blob(blocks(DATA), SHA, len(DATA))
    assert list(selectors.verify_rows()) == []


def test_it_stores_a_xorb_once() -> None:
    xorb = Xorb(random_chunks())
    assert services.receive_xorb(xorb.hash, blocks(xorb.body)) is True
    assert services.receive_xorb(xorb.hash, blocks(xorb.body)) is False
    row = XetXorb.objects.get()
    assert (row.size, row.chunk_count, row.raw_size) == (len(xorb.body), 5, sum(map(len, xorb.chunks)))
    assert b"".join(selectors.read_xorb(xorb.hash, 0, row.size)) == xorb.body


def test_it_drops_the_footer_of_old_clients() -> None:
    xorb = Xorb(random_chunks())
    services.receive_xorb(xorb.hash, [xorb.body, b"XETBLOB" + bytes(500)])
    assert open_store("xorbs").size(xorb.hash) == len(xorb.body)


GOOD = Xorb(random_chunks())
SMALL = pack_chunk(b"abc" * 99, 1)
HUGE = bytes([0, 1, 0, 0, 1, 255, 255, 255]) + b"x"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(GOOD.body[:-1], id="cut in a chunk"),
        pytest.param(GOOD.body + b"\x00\x01", id="cut in a header"),
        pytest.param(b"", id="empty"),
        pytest.param(HUGE, id="a huge length"),
        pytest.param(pack_chunk(b"other", 0), id="another hash"),
        pytest.param(GOOD.body[:-3] + b"abc", id="changed bytes"),
        pytest.param(bytes([0, 3, 0, 0, 7, 3, 0, 0]) + b"abc", id="unknown scheme"),
        pytest.param(bytes([9]) + GOOD.body[1:], id="unknown version"),
        pytest.param(bytes([0, 3, 0, 0, 1, 9, 0, 0]) + b"abc", id="not LZ4"),
        pytest.param(
            pack_chunk(b"abc" * 99, 1)[:5] + b"\x01\x00\x00" + pack_chunk(b"abc" * 99, 1)[8:], id="lie"
        ),
    ],
)
def test_it_refuses_a_broken_xorb_and_keeps_nothing(own_data: Path, body: bytes) -> None:
    with pytest.raises(InvalidInput):
        services.receive_xorb(GOOD.hash, blocks(body))
    assert not XetXorb.objects.exists()
    assert leftovers(own_data) == []


def test_it_does_not_unpack_more_than_a_chunk() -> None:
    bomb = pack_chunk(bytes(16_000_000), 1)
    with pytest.raises(InvalidInput, match="131072"):
        services.receive_xorb(GOOD.hash, [bomb[:5] + (131_072).to_bytes(3, "little") + bomb[8:]])
