"""What references may be called and which are protected. Plain Python: the program that checks pushes
reads it, too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

MAX_REF_NAME = 200
# What git refuses in references, plus whitespace and what breaks addresses.
BAD_REF_TEXT = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(?:/|$)|(?:^|/)\.|\.$|^/|/$|^-|^@$")
COMMIT_ID = re.compile(r"[0-9a-f]{40}")


def is_ref_name(name: str) -> bool:
    """A name that looks like a commit id could shadow that commit, so it is no name."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return False
    return 0 < size <= MAX_REF_NAME and not BAD_REF_TEXT.search(name) and not COMMIT_ID.fullmatch(name)


def is_branch_pattern(pattern: str) -> bool:
    """The name of a branch, in which each `*` stands for any text."""
    return is_ref_name(pattern.replace("*", "x"))


def is_protected(branch: str, patterns: Iterable[str]) -> bool:
    """Whether the branch keeps its history: it takes new commits on top, and is not deleted."""
    return any(fnmatchcase(branch, pattern) for pattern in patterns)
