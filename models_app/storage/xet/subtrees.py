"""A part of a file's hash tree, for clients that edit the file and have only what they changed.

A consecutive run of chunks is grouped level by level, as far as the groups would be the same whatever stands
beside the run. What is not certain stays as nodes at the run's left and right end, so that two neighbours can
be joined without the chunks between. The form and the rule of what is certain are those of the Xet protocol
(`MerkleHashSubtree` of `GET /v2/file-chunk-hashes`); log(n) nodes stand for n chunks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from models_app.storage.xet.hashes import FIRST_CUT, MOST_CHILDREN, Node, is_cut, parent, to_text

# A cut is certain between two others that are nearer than a group can be long, and farther than one must be.
CERTAIN_GAPS = range(FIRST_CUT + 1, MOST_CHILDREN - 1)


@dataclass(frozen=True, slots=True)
class Subtree:
    """`levels` are the nodes left over at either end, from the chunks upwards.

    `at_start` and `at_end` tell whether the run begins and ends with the file.
    """

    levels: tuple[tuple[tuple[Node, ...], tuple[Node, ...]], ...]
    at_start: bool
    at_end: bool

    def __bool__(self) -> bool:
        return any(left or right for left, right in self.levels)

    def root(self) -> bytes:
        """Of a whole file. Raises ValueError for a part."""
        if not (self.at_start and self.at_end and self):
            raise ValueError("only a whole file has a root")
        return self.levels[-1][0][0][0]

    def as_json(self) -> dict[str, Any]:
        """All left ends upwards, then all right ends downwards."""
        lefts = [node for left, _right in self.levels for node in left]
        rights = [node for _left, right in reversed(self.levels) for node in right]
        return {
            "nodes": [{"hash": to_text(value), "size": size} for value, size in (*lefts, *rights)],
            "levels": [[len(left), len(right)] for left, right in self.levels],
            "at_start": self.at_start,
            "at_end": self.at_end,
        }


def of_chunks(nodes: Iterable[Node], *, at_start: bool, at_end: bool) -> Subtree:
    return _grouped([list(nodes)], [], at_start=at_start, at_end=at_end)


def joined(one: Subtree, next_one: Subtree) -> Subtree:
    """Of two runs of which the second follows the first, which begins with the file.

    Raises ValueError for others: what was formed between a run's two ends would lose its place.
    """
    if not one.at_start:
        raise ValueError("only a run that begins with the file can be gone on with")
    before = [[*left, *right] for left, right in one.levels]
    after = [[*left, *right] for left, right in next_one.levels]
    return _grouped(before, after, at_start=one.at_start, at_end=next_one.at_end)


def _grouped(
    before: Sequence[list[Node]], after: Sequence[list[Node]], *, at_start: bool, at_end: bool
) -> Subtree:
    """What was formed on one level stands on the next, between what waits there on both sides."""
    levels: list[tuple[tuple[Node, ...], tuple[Node, ...]]] = []
    formed: list[Node] = []
    begins, ends = at_start, at_end
    while (at := len(levels)) < max(len(before), len(after)) or formed:
        row = [*(before[at] if at < len(before) else ()), *formed, *(after[at] if at < len(after) else ())]
        left, formed, right = _split(row, begins=begins, ends=ends)
        begins, ends = begins and not left, ends and not right
        levels.append((tuple(left), tuple(right)))
    while len(levels) > 1 and not any(levels[-1]):
        levels.pop()
    return Subtree(tuple(levels), at_start, at_end)


def _split(
    nodes: Sequence[Node], *, begins: bool, ends: bool
) -> tuple[Sequence[Node], list[Node], Sequence[Node]]:
    """What is uncertain at the left, the parents of what is certain, what is uncertain at the right."""
    if len(nodes) <= 1:
        return nodes, [], []
    start = 0 if begins else _certain_start(nodes)
    if start is None:
        return nodes, [], []
    end = len(nodes) if ends else _certain_end(nodes, start)
    if end is None or start >= end:
        return nodes, [], []
    return nodes[:start], [parent(group) for group in _groups(nodes[start:end])], nodes[end:]


def _certain_start(nodes: Sequence[Node]) -> int | None:
    """Behind the first cut that is one whatever stands before."""
    cuts = [at for at, (value, _size) in enumerate(nodes) if is_cut(value)]
    for first, second, third in zip(cuts, cuts[1:], cuts[2:], strict=False):
        if second - first in CERTAIN_GAPS and third - second in CERTAIN_GAPS:
            return second + 1
    return None


def _certain_end(nodes: Sequence[Node], start: int) -> int | None:
    """Behind the last cut that is one whatever follows."""
    cuts = [at for at in range(start, len(nodes)) if is_cut(nodes[at][0])]
    for first, second, third in reversed(list(zip(cuts, cuts[1:], cuts[2:], strict=False))):
        if second - first in CERTAIN_GAPS and third - second in CERTAIN_GAPS:
            return second + 1
    return None


def _groups(nodes: Sequence[Node]) -> Iterator[Sequence[Node]]:
    at = 0
    while at < len(nodes):
        most = min(MOST_CHILDREN, len(nodes) - at)
        found = (count for count in range(FIRST_CUT + 1, most + 1) if is_cut(nodes[at + count - 1][0]))
        count = next(found, most)
        yield nodes[at : at + count]
        at += count
