"""Run by git before a push is accepted: refuses what the hub would not store.

A plain program without Django, so that a push does not wait for one to start; its rules are the ones
that commits of the API keep. Git shows it the new objects in quarantine, and removes them when it ends
with 1; what it prints reaches the person who pushes. `HUB_LINKED` names a file with sha256 and size of the
large files the repository may name; those that the push does name are written to the file `HUB_POINTERS`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models_app.commits import pushed_objects
from models_app.commits.pushed_objects import ZERO, Update
from models_app.repositories.ref_rules import is_protected, is_ref_name

BRANCHES, TAGS, PULL_REQUESTS = "refs/heads/", "refs/tags/", "refs/pr/"
DEFAULT_REF = f"{BRANCHES}main"
MAX_REASONS = 10


def refused_refs(updates: list[Update]) -> Iterator[str]:
    kinds = pushed_objects.kinds(updates)
    for update in updates:
        if reason := refused_place(update.ref, is_new=update.old == ZERO, is_gone=update.new == ZERO):
            yield reason
        elif kinds.get(update, "commit") != "commit":
            yield f"{update.ref} cannot be pushed: it leads to no commit."
        elif update.ref.startswith(BRANCHES) and (reason := refused_protected(update)):
            yield reason


def refused_place(ref: str, *, is_new: bool, is_gone: bool) -> str:
    """Why the push may not touch this reference at all, '' when it may."""
    if ref.startswith(PULL_REQUESTS):
        mine = ref in os.environ.get("HUB_PULL_REQUESTS", "").split() and not is_gone
        return "" if mine else f"{ref} cannot be pushed: it is no open pull request of yours."
    if not ref.startswith((BRANCHES, TAGS)):
        return f"{ref} cannot be pushed: only branches, tags and pull requests can."
    if not os.environ.get("HUB_BRANCHES"):
        own = ", ".join(os.environ.get("HUB_PULL_REQUESTS", "").split())
        return f"You may not push to {ref}, only to your pull requests: {own}"
    if is_new and not is_ref_name(ref.split("/", 2)[2]):
        return f"{ref} cannot be pushed: the name is too long, or looks like a commit id."
    return ""


def refused_protected(update: Update) -> str:
    """Why a branch keeps what the push would take from it, '' when it takes nothing or may."""
    if update.ref == DEFAULT_REF and update.new == ZERO:
        return f"Cannot delete {DEFAULT_REF}: it is the default branch."
    patterns = os.environ.get("HUB_PROTECTED", "").split("\n")
    if update.old == ZERO or not is_protected(update.ref.removeprefix(BRANCHES), patterns):
        return ""
    lift = "An administrator can lift the protection in the settings of the repository."
    if update.new == ZERO:
        return f"Cannot delete {update.ref}: the branch is protected. {lift}"
    if not pushed_objects.is_ancestor(update.old, update.new):
        return (
            f"{update.ref} is protected: this push would drop commits from its history. "
            f"Run `git pull` and push again. {lift}"
        )
    return ""


def refused_contents(updates: list[Update]) -> Iterator[str]:
    objects = pushed_objects.new_objects(updates)
    yield from pushed_objects.refused_paths(updates)
    sizes = pushed_objects.blob_sizes(objects)
    most = int(os.environ["HUB_MAX_FILE_BYTES"])
    for oid, size in sizes.items():
        if size > most:
            yield (
                f"{objects[oid]} has {size} bytes; files over {most} bytes must be stored with git-lfs: "
                f'`git lfs migrate import --everything --include="{objects[oid]}"`, then push again.'
            )
    yield from refused_pointers(objects, sizes)
    readable = {oid for oid, size in sizes.items() if size <= most}
    yield from pushed_objects.refused_cards(updates, readable, os.environ["HUB_REPOSITORY_TYPE"])


def refused_pointers(objects: dict[str, str], sizes: dict[str, int]) -> Iterator[str]:
    linked = dict(line.split() for line in Path(os.environ["HUB_LINKED"]).read_text().splitlines())
    with Path(os.environ["HUB_POINTERS"]).open("w") as accepted:
        for oid, pointer in pushed_objects.pointers(sizes):
            if pointer.sha256 not in linked:
                yield (
                    f"The large file {objects[oid]} was not uploaded to this repository: "
                    "run `git lfs push --all <remote>` first."
                )
            elif int(linked[pointer.sha256]) != pointer.size:
                yield (
                    f"The pointer {objects[oid]} says {pointer.size} bytes, "
                    f"but its large file has {linked[pointer.sha256]}."
                )
            else:
                accepted.write(f"{pointer.sha256}\n")


def main() -> int:
    updates = [Update(*line.split()) for line in sys.stdin.read().splitlines()]
    reasons = list(refused_refs(updates)) or list(refused_contents(updates))
    for reason in reasons[:MAX_REASONS]:
        sys.stderr.write(f"{reason}\n")
    if len(reasons) > MAX_REASONS:
        sys.stderr.write(f"… and {len(reasons) - MAX_REASONS} more.\n")
    return 1 if reasons else 0


if __name__ == "__main__":
    # What people called their files is written as it is, whatever the machine's locale says.
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())
