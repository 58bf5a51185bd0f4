"""How much of some items stands word for word in other texts.

An item is found when 80 % of the word 10-grams of one of its texts occur in the training texts; a text of
6 to 9 words when it occurs as a whole. Shorter ones say nothing and are counted as such. Long n-grams and
a share follow Touvron et al., "Llama 2" (2023), appendix A.6; case, punctuation and forms of characters
are ignored, and each character of scripts without spaces counts as a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

METHOD = "10-grams, 80 %, 1"
SIZE = 10
LEAST_WORDS = 6
LEAST_SHARE = 0.8
# Texts are looked up together; so many words at a time.
BATCH_WORDS = 1_000_000

Hashes = npt.NDArray[np.uint64]

_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MASK = (1 << 64) - 1
# Between two texts; no word hashes to it.
_GAP = 0


@dataclass(frozen=True, slots=True)
class Overlap:
    """`shares[i]` is the largest share of one of item i's texts that was found; None when all are short."""

    shares: list[float | None]

    @property
    def found(self) -> list[int]:
        """Numbers of the items that count as found."""
        return [n for n, share in enumerate(self.shares) if share is not None and share >= LEAST_SHARE]

    @property
    def short(self) -> int:
        return sum(share is None for share in self.shares)


def words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


@dataclass(slots=True)
class _Grams:
    """The n-grams of one length that occur in items, and which of them were met."""

    length: int
    known: Hashes
    met: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.met = np.zeros(len(self.known), dtype=np.bool_)

    def meet(self, stream: Hashes) -> None:
        seen = _grams(stream, self.length)
        at = np.searchsorted(self.known, seen)
        at[at == len(self.known)] = 0
        self.met[at[self.known[at] == seen]] = True

    def share(self, grams: Hashes) -> float:
        return float(self.met[np.searchsorted(self.known, grams)].mean())


class Index:
    """The items; `read` training texts into it, then ask for `overlap`.

    Memory grows with the items alone. Hashes differ between processes, results do not.
    """

    def __init__(self, items: Iterable[Sequence[str]]) -> None:
        self._items = [[found for text in texts if (found := _of_item(text))] for texts in items]
        by_length: dict[int, list[Hashes]] = {}
        for length, hashes in (text for texts in self._items for text in texts):
            by_length.setdefault(length, []).append(hashes)
        self._by_length = {
            length: _Grams(length, np.unique(np.concatenate(all_))) for length, all_ in by_length.items()
        }
        self._waiting: list[int] = []

    def read(self, text: str) -> None:
        self._waiting.extend(map(_word_hash, words(text)))
        self._waiting.append(_GAP)
        if len(self._waiting) >= BATCH_WORDS:
            self._look_up()

    def overlap(self) -> Overlap:
        self._look_up()
        return Overlap([self._share(texts) for texts in self._items])

    def _share(self, texts: list[tuple[int, Hashes]]) -> float | None:
        return max((self._by_length[length].share(grams) for length, grams in texts), default=None)

    def _look_up(self) -> None:
        stream = np.array(self._waiting, dtype=np.uint64)
        self._waiting = []
        for grams in self._by_length.values():
            grams.meet(stream)


def _of_item(text: str) -> tuple[int, Hashes] | None:
    """Length and hashes of the n-grams of a text; None for one that is too short."""
    found = words(text)
    if len(found) < LEAST_WORDS:
        return None
    length = min(SIZE, len(found))
    return length, _grams(np.array([_word_hash(word) for word in found], dtype=np.uint64), length)


def _word_hash(word: str) -> int:
    return (hash(word) & _MASK) or 1


def _grams(stream: Hashes, length: int) -> Hashes:
    """One hash for each run of `length` words."""
    count = max(0, len(stream) - length + 1)
    found = np.zeros(count, dtype=np.uint64)
    for offset in range(length):
        # Wraps around, which is what a hash may do.
        found = found * _BASE + stream[offset : offset + count]
    return found
