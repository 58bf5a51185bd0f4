"""Xet formats, against figures of the protocol's own client where it gives them."""

from __future__ import annotations

import hashlib
import random
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import hf_xet
import pytest

from models_app.storage.xet import hashes, subtrees
from models_app.storage.xet.chunks import MalformedXet, ungroup, unpack_untrusted
from models_app.storage.xet.xorbs import index, unpacked_chunks
from tests.factories.xet import Xorb, group, pack_chunk, random_chunks


def test_the_text_form_swaps_bytes_in_groups_of_eight() -> None:
    value = bytes(range(32))
    text = "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918"
    assert hashes.to_text(value) == text
    assert hashes.from_text(text) == value


@pytest.mark.parametrize("text", ["", "0" * 63, "G" * 64, "A" * 64, "0" * 65])
def test_other_texts_are_no_hashes(text: str) -> None:
    with pytest.raises(ValueError):
        hashes.from_text(text)


def test_a_small_file_has_the_clients_file_id(tmp_path: Path) -> None:
    """Below 8 KiB a file is one chunk, so its id needs no chunker."""
    file = tmp_path / "small"
    file.write_bytes(b"hello xet")
    [info] = hf_xet.hash_files([str(file)])
    root = hashes.root([(hashes.chunk_hash(b"hello xet"), 9)])
    assert hashes.to_text(hashes.file_hash(root)) == info.hash


def plain_root(nodes: list[hashes.Node]) -> bytes:
    """The tree as the protocol's text tells it, with whole levels in memory."""
    while len(nodes) > 1:
        level, at = [], 0
        while at < len(nodes):
            left = len(nodes) - at
            end = min(9, left)
            cuts = (k for k in range(2, end) if int.from_bytes(nodes[at + k][0][24:], "little") % 4 == 0)
            size = left if left <= 2 else next(cuts, end - 1) + 1
            level.append(hashes.parent(nodes[at : at + size]))
            at += size
        nodes = level
    return nodes[0][0]


@pytest.mark.parametrize("count", [*range(1, 40), 81, 500, 1000])
def test_the_streamed_tree_is_the_tree_of_the_text(count: int) -> None:
    source = random.Random(count)
    nodes = [(source.randbytes(32), source.randrange(1, 99)) for _ in range(count)]
    assert hashes.root(nodes) == plain_root(list(nodes))


def test_nothing_has_a_root_of_zeros() -> None:
    assert hashes.root([]) == hashes.file_hash(bytes(32)) == bytes(32)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 1001, 1002, 1003, 131_072])
def test_grouped_bytes_come_back_in_order(size: int) -> None:
    data = hashlib.shake_256(b"x").digest(size)
    assert ungroup(group(data)) == data
    assert unpack_untrusted(2, pack_chunk(data, 2)[8:], size) == data


def test_an_index_tells_where_each_chunk_ends() -> None:
    xorb = Xorb(random_chunks(4))
    found = index(BytesIO(xorb.body))
    assert (found.hash, found.size, found.chunk_count) == (xorb.raw_hash, len(xorb.body), 4)
    assert int.from_bytes(found.chunks[-4:], "little") == len(xorb.body)


def test_a_chunk_with_data_behind_its_frame_is_refused() -> None:
    packed = pack_chunk(b"abc" * 500, 1)[8:]
    with pytest.raises(MalformedXet, match="exactly one"):
        unpack_untrusted(1, packed + b"!", 1500)


@pytest.mark.parametrize("block", [1, 7, 1000, 1_000_000])
def test_chunks_come_out_of_any_blocking(block: int) -> None:
    xorb = Xorb(random_chunks(6, 900))
    body = xorb.body
    blocks = (body[at : at + block] for at in range(0, len(body), block))
    assert list(unpacked_chunks(blocks)) == xorb.chunks


@pytest.mark.parametrize("count", [1, 3, 40, 400, 3000])
def test_parts_of_a_tree_make_its_root(count: int) -> None:
    for seed in range(10):
        source = random.Random(seed)
        nodes = [(source.randbytes(32), source.randrange(1, 131_073)) for _ in range(count)]
        cuts = sorted({0, count, *(source.randrange(count + 1) for _ in range(seed % 5))})
        first, *others = [
            subtrees.of_chunks(nodes[start:end], at_start=start == 0, at_end=end == count)
            for start, end in pairwise(cuts)
        ]
        for part in others:
            first = subtrees.joined(first, part)
            assert len(first.as_json()["nodes"]) < 400
        assert first.root() == hashes.root(nodes)
