"""The hashes of the Xet protocol, version 1.1: keyed BLAKE3 over chunks and a tree over hashes."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from blake3 import blake3

HASH_BYTES = 32
ZERO = bytes(HASH_BYTES)

DATA_KEY = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
NODE_KEY = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
VERIFICATION_KEY = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")

# Where a group of tree nodes may end: after 3 to 9 nodes, at a hash divisible by 4.
FIRST_CUT, MOST_CHILDREN, CUT_DIVISOR = 2, 9, 4
# Clients ask the hub about chunks whose hash is divisible by this.
ELIGIBLE_DIVISOR = 1024

Node = tuple[bytes, int]


def to_text(value: bytes) -> str:
    """The form of paths and JSON: four little-endian u64, each as 16 hexadecimal digits."""
    return "{:016x}{:016x}{:016x}{:016x}".format(*struct.unpack("<4Q", value))


def from_text(text: str) -> bytes:
    """The inverse of `to_text`. Raises ValueError for anything but 64 lower-case hexadecimal digits."""
    if len(text) != 2 * HASH_BYTES or any(digit not in "0123456789abcdef" for digit in text):
        raise ValueError("a hash is 64 hexadecimal digits")
    return struct.pack("<4Q", *(int(text[i : i + 16], 16) for i in range(0, 64, 16)))


def chunk_hash(data: bytes | memoryview) -> bytes:
    return blake3(data, key=DATA_KEY).digest()


class TreeHasher:
    """The root over (hash, length) pairs, one after the other, with memory for nine nodes a level.

    A group ends after its third to ninth node: at the first hash that is divisible by 4, or at nine.
    """

    def __init__(self) -> None:
        self.levels: list[list[Node]] = []
        self.counts: list[int] = []

    def push(self, node: Node, level: int = 0) -> None:
        if level == len(self.levels):
            self.levels.append([])
            self.counts.append(0)
        group = self.levels[level]
        group.append(node)
        self.counts[level] += 1
        if len(group) == MOST_CHILDREN or (len(group) > FIRST_CUT and is_cut(node[0])):
            self.close_group(level)

    def close_group(self, level: int) -> None:
        group, self.levels[level] = self.levels[level], []
        self.push(parent(group), level + 1)

    def root(self) -> bytes:
        """Zeros when nothing was pushed. Ends the hasher."""
        level = 0
        while level < len(self.levels):
            if self.counts[level] == 1:
                return self.levels[level][0][0]
            if self.levels[level]:
                self.close_group(level)
            level += 1
        return ZERO


def is_cut(value: bytes) -> bool:
    return value[24] % CUT_DIVISOR == 0


def is_eligible(value: bytes) -> bool:
    return int.from_bytes(value[24:], "little") % ELIGIBLE_DIVISOR == 0


def keyed(key: bytes, value: bytes) -> bytes:
    """The form of a chunk hash in an answer about duplicates."""
    return blake3(value, key=key).digest()


def root(nodes: Iterable[Node]) -> bytes:
    """The root over (hash, length) pairs: a xorb's name, when they are its chunks. Zeros for none."""
    hasher = TreeHasher()
    for node in nodes:
        hasher.push(node)
    return hasher.root()


def parent(children: Sequence[Node]) -> Node:
    text = "".join(f"{to_text(value)} : {size}\n" for value, size in children)
    return blake3(text.encode(), key=NODE_KEY).digest(), sum(size for _, size in children)


def file_hash(tree_root: bytes) -> bytes:
    """The file id, from the root over all its chunks. Zeros for the empty file."""
    return ZERO if tree_root == ZERO else blake3(tree_root, key=ZERO).digest()


def verification_hash(chunk_hashes: bytes) -> bytes:
    """Over the raw hashes of a term's chunks, concatenated: shows that the sender knows them."""
    return blake3(chunk_hashes, key=VERIFICATION_KEY).digest()
