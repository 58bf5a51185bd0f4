"""A unified diff as lines with their numbers on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from models_app.commits.types import FileDiff, LfsChange

MAX_LINES = 1_500
MAX_LINE_CHARACTERS = 1_000
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class PatchLine:
    """`kind` is added, removed, context or hunk; `old` and `new` are line numbers."""

    kind: str
    text: str
    old: int | None = None
    new: int | None = None


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A changed file as the page shows it; `note` stands instead of the lines."""

    path: str
    old_path: str
    status: str
    additions: int
    deletions: int
    is_binary: bool
    lines: list[PatchLine]
    note: str
    lfs: LfsChange | None
    url: str


def shown(file: FileDiff, url: str) -> ShownFile:
    lines, is_cut = lines_of(file.patch)
    return ShownFile(
        path=file.path,
        old_path=file.old_path,
        status=file.status,
        additions=file.additions,
        deletions=file.deletions,
        is_binary=file.is_binary,
        lines=[] if is_cut else lines,
        note=_note(file, is_cut=is_cut),
        lfs=file.lfs,
        url=url,
    )


def _note(file: FileDiff, *, is_cut: bool) -> str:
    if is_cut or (not file.patch and not file.is_binary and file.additions + file.deletions):
        return _("The difference is too long to be shown here.")
    if not file.patch and not file.is_binary:
        return _("The content did not change.")
    return ""


def lines_of(patch: str) -> tuple[list[PatchLine], bool]:
    """The lines of a patch, and whether some were left out for their number."""
    lines: list[PatchLine] = []
    for line in _parsed(patch):
        if len(lines) == MAX_LINES:
            return lines, True
        lines.append(line)
    return lines, False


def _parsed(patch: str) -> Iterator[PatchLine]:
    old = new = 0
    inside = False
    for raw in patch.split("\n"):
        text = raw[1 : MAX_LINE_CHARACTERS + 1]
        if match := HUNK.match(raw):
            old, new, inside = int(match[1]), int(match[2]), True
            yield PatchLine("hunk", raw[:MAX_LINE_CHARACTERS])
        elif not inside or raw == "":
            continue
        elif raw[0] == "+":
            yield PatchLine("added", text, new=new)
            new += 1
        elif raw[0] == "-":
            yield PatchLine("removed", text, old=old)
            old += 1
        elif raw[0] == "\\":
            yield PatchLine("hunk", _("No newline at the end of the file"))
        else:
            yield PatchLine("context", text, old=old, new=new)
            old, new = old + 1, new + 1
