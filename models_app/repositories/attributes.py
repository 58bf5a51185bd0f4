"""Which paths a `.gitattributes` text stores as large files.

Git's own pattern rules, so that git-lfs in a clone decides the same: a pattern without a slash
matches names in any folder, one with a slash is anchored, the last matching line wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from models_app.repositories.default_attributes import LFS_ATTRIBUTES
from models_app.repositories.globs import Glob, compile_glob

LFS_FILTER = "filter=lfs"
NO_FILTER = {"-filter", "!filter"}
# From here on one pattern for the suffix is added instead of a line for each file.
FILES_PER_SUFFIX = 20


@dataclass(frozen=True, slots=True)
class Rule:
    glob: Glob
    is_lfs: bool


@dataclass(frozen=True, slots=True)
class Attributes:
    """Rules in the order of the file."""

    rules: tuple[Rule, ...]

    def is_lfs(self, path: str) -> bool:
        for rule in reversed(self.rules):
            if rule.glob.matches(path):
                return rule.is_lfs
        return False


@lru_cache(maxsize=256)
def parse(text: str) -> Attributes:
    """Lines that say nothing about large files, and malformed ones, are left out."""
    rules = (parse_line(line) for line in text.splitlines())
    return Attributes(tuple(rule for rule in rules if rule))


def parse_line(line: str) -> Rule | None:
    line = line.strip()
    if not line or line.startswith(("#", "!")):
        return None
    pattern, _, rest = _split(line)
    words = rest.split()
    filters = [word for word in words if word.startswith("filter=") or word in NO_FILTER]
    if not filters or not pattern or pattern.endswith("/"):
        return None
    glob = compile_glob(pattern)
    return Rule(glob, filters[-1] == LFS_FILTER) if glob else None


def _split(line: str) -> tuple[str, str, str]:
    if line.startswith('"'):
        end = line.find('"', 1)
        return line[1:end], "", line[end + 1 :]
    return re.sub(r"\s+", " ", line).partition(" ")


def cover(text: str, paths: list[str]) -> str:
    """`text` with lines added until every path is stored as a large file."""
    uncovered = [path for path in paths if not parse(text).is_lfs(path)]
    if not uncovered:
        return text
    by_suffix: dict[str, list[str]] = {}
    for path in uncovered:
        stem, dot, suffix = path.rpartition("/")[2].rpartition(".")
        by_suffix.setdefault(suffix if stem and dot and suffix.isalnum() else "", []).append(path)
    patterns: list[str] = []
    for suffix, members in by_suffix.items():
        one_line = suffix and len(members) > FILES_PER_SUFFIX
        patterns += [f"*.{suffix}"] if one_line else [escape(path) for path in members]
    start = text if not text or text.endswith("\n") else text + "\n"
    return start + "".join(f"{pattern} {LFS_ATTRIBUTES}\n" for pattern in patterns)


def escape(path: str) -> str:
    """A pattern that matches exactly this path."""
    pattern = re.sub(r"([*?\[\\])", r"\\\1", path)
    pattern = re.sub(r"\s", "[[:space:]]", pattern)
    return f"/{pattern}" if pattern[0] in '#!"' else pattern
